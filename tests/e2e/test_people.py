"""Several people on one phone: each behind a PIN of their own, none of them seen by the others."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F05M, Hand
from tests.e2e.stage import UNTOUCHED, Stage

pytestmark = pytest.mark.unmeasured

OTHER_PIN = "135792"
ON_THE_DISK = """new Promise(resolve => { indexedDB.open("haidang").onsuccess = each => {
    const disk = each.target.result.transaction(["people", "journal"], "readwrite");
    %s
} })"""
NINE_WRONG = (
    ON_THE_DISK
    % """disk.objectStore("people").openCursor().onsuccess = each => {
    each.target.result.update({ ...each.target.result.value, failures: 9 });
    disk.oncomplete = () => { disk.db.close(); resolve() };
};"""
)
"""Count nine wrong PINs."""
KEPT = (
    ON_THE_DISK
    % """let people, entries;
    disk.objectStore("people").count().onsuccess = each => { people = each.target.result };
    disk.objectStore("journal").count().onsuccess = each => { entries = each.target.result > 0 };
    disk.oncomplete = () => { disk.db.close(); resolve([people, entries]) };"""
)
"""How many people there are, and whether anything is kept of them."""


def test_people_share_a_phone_without_seeing_each_other(stage: Stage, ready: Callable[..., Hand]) -> None:
    hand = ready("Danh Thị Hồng", UNTOUCHED)
    page = hand.page
    hand.begin(F05M, "Tháng 10/2020 (15/09–14/10)")
    hand.fill("Số buổi phát thanh", "4711")
    hand.save()
    hand.go("Máy này")
    page.get_by_role("button", name="Khóa máy, đổi người").click()
    expect(hand.title).to_have_text("Ai đang dùng máy?")
    assert "4711" not in page.content()
    assert hand.violations() == []

    # The second person comes, works without a network, and sees nothing of the first.
    page.get_by_role("link", name="Thêm người dùng máy này").click()
    hand.enrol(stage.invite("Lê Văn Tám"), OTHER_PIN)
    expect(page.get_by_text("Cán bộ huyện chưa xác nhận bạn")).to_be_visible()
    hand.go("Báo cáo")
    expect(page.get_by_text("Chưa có báo cáo nào trên máy.")).to_be_visible()
    hand.go("Máy này")
    page.get_by_role("button", name="Khóa máy, đổi người").click()

    # A wrong PIN is counted and opens nothing; the right one of the other person neither.
    page.get_by_text("Danh Thị Hồng", exact=True).click()
    hand.unlock(OTHER_PIN)
    expect(page.get_by_text("Mã PIN chưa đúng. Còn 9 lần thử")).to_be_visible()
    hand.unlock()
    hand.go("Báo cáo")
    page.locator(".slip").first.click()
    expect(page.get_by_text("4.711 buổi")).to_be_visible()


def test_too_many_wrong_pins_shut_the_desk_and_erase_nothing(
    stage: Stage, phone: Callable[[str], Hand]
) -> None:
    hand = phone("shut")
    hand.enrol(stage.invite("Trần Quốc Khánh"))
    hand.go("Máy này")
    hand.page.get_by_role("button", name="Khóa máy, đổi người").click()
    hand.page.evaluate(NINE_WRONG)
    hand.page.reload()
    hand.unlock("111222")
    expect(hand.page.get_by_text("khóa chỗ này")).to_be_visible()
    expect(hand.page.get_by_role("button", name="Mở", exact=True)).to_be_disabled()
    assert hand.page.evaluate(KEPT) == [1, True]


def test_practice_is_neither_kept_nor_sent(stage: Stage, ready: Callable[..., Hand]) -> None:
    hand = ready("Danh Thị Hồng", UNTOUCHED)
    page = hand.page
    held = stage.hub.size()
    hand.go("Máy này")
    page.get_by_role("button", name="Tập ghi báo cáo").click()
    expect(hand.lamp).to_contain_text("Đang tập")
    hand.begin(F05M, "Tháng 9/2020 (15/08–14/09)")
    hand.fill("Số buổi phát thanh", "99")
    hand.save()
    expect(hand.rung).to_be_visible()
    hand.go("Máy này")
    page.get_by_role("button", name="Thôi tập").click()
    hand.go("Báo cáo")
    expect(page.get_by_text("Chưa có báo cáo nào trên máy.")).to_be_visible()
    hand.sync()
    assert stage.hub.size() == held
