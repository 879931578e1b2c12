"""Bad luck: a full phone, a refused position, a clock that is years off. Each is said, and nothing is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F05M, Hand

pytestmark = pytest.mark.unmeasured

JULY = "Tháng 7/2020 (15/06–14/07)"
PROFILE = "Hồ sơ điểm Bưu điện – Văn hóa xã"
NO_ROOM = """() => {
    const store = IDBObjectStore.prototype;
    window.whole = { add: store.add, put: store.put };
    store.add = store.put = () => { throw new DOMException("full", "QuotaExceededError") };
}"""
"""From now on the browser has no room for anything: its own quota lets small writes pass."""
ROOM = "() => { Object.assign(IDBObjectStore.prototype, window.whole) }"
TEN_YEARS_S = 10 * 365 * 86_400


def test_bad_luck_is_said_and_costs_nothing(ready: Callable[..., Hand]) -> None:
    hand = ready("Danh Thị Hồng", "Thị trấn Kiên Lương")
    hand.is_kept_offline()
    hand.context.set_offline(True)
    fill_the_phone(hand)
    refuse_the_position(hand)
    set_the_clock_wrong(hand)


def fill_the_phone(hand: Hand) -> None:
    """No room for a draft: said at once, and kept as soon as there is room again."""
    page = hand.page
    hand.begin(F05M, JULY)
    page.evaluate(NO_ROOM)
    hand.fill("Số buổi phát thanh", "31")
    expect(page.get_by_text("Bộ nhớ của máy đã đầy.")).to_be_visible()
    page.evaluate(ROOM)
    hand.fill("Thời lượng tiếp âm", "90")
    expect(page.get_by_text("Đã lưu nháp trên máy")).to_be_visible()
    page.reload()
    hand.unlock()
    hand.begin(F05M, JULY)
    expect(page.get_by_label("Số buổi phát thanh")).to_have_value("31")
    expect(page.get_by_label("Thời lượng tiếp âm")).to_have_value("90")
    hand.save()
    expect(hand.rung).to_be_visible()


def refuse_the_position(hand: Hand) -> None:
    """A person who refuses, or stands under a roof, is told what to do."""
    page = hand.page
    hand.go("Việc")
    page.get_by_role("link", name="Ghi báo cáo khác").click()
    page.get_by_label("Biểu").select_option(label=PROFILE)
    page.get_by_role("button", name="Ghi báo cáo").click()
    page.get_by_role("button", name="Lấy vị trí ở đây").click()
    expect(page.get_by_text("Chưa lấy được vị trí.")).to_be_visible()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 10.2812345, "longitude": 104.6101, "accuracy": 12.4})
    page.get_by_role("button", name="Lấy vị trí ở đây").click()
    expect(page.get_by_text("10,28123; 104,61010, sai số 13 m")).to_be_visible()


def set_the_clock_wrong(hand: Hand) -> None:
    """A clock ten years ahead: the report arrives, and the phone says how far the clock is off."""
    page = hand.page
    now = page.evaluate("Date.now()") / 1000
    page.clock.set_fixed_time(now + TEN_YEARS_S)
    page.reload()
    hand.unlock()
    page.context.set_offline(False)
    hand.sync()
    expect(page.get_by_text("Giờ của máy lệch 3650 ngày")).to_be_visible()
    expect(hand.lamp).to_contain_text("Máy chủ đã nhận đủ")
