"""Two people, one report: both values stay until somebody decides, and reviews bind to what was said."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F05M, Hand

pytestmark = pytest.mark.unmeasured

DECEMBER = "Tháng 12/2020 (15/11–14/12)"
SESSIONS = "Số buổi phát thanh"
UNIT = "Xã Dương Hòa"


def file_sessions(hand: Hand, sessions: str) -> None:
    """State how often the loudspeakers spoke."""
    hand.begin(F05M, DECEMBER)
    hand.fill(SESSIONS, sessions)
    hand.save()
    expect(hand.rung).to_be_visible()


def test_two_values_are_settled_in_three_taps_and_the_district_has_the_last_word(
    crew: Callable[..., list[Hand]],
) -> None:
    one, other, district = crew(
        ("Danh Thị Hồng", "commune-head", UNIT),
        ("Lê Văn Tám", "commune-head", UNIT),
        ("Trần Quốc Khánh", "district-officer", "Huyện Kiên Lương"),
    )
    for hand, sessions in ((one, "24"), (other, "26")):
        hand.context.set_offline(True)
        file_sessions(hand, sessions)
        hand.context.set_offline(False)
    one.sync()
    other.sync()
    settle(other)
    other.sync()
    approve(district)
    change_again(one)
    see_it_stale(district)
    return_it(district)
    one.sync()
    one.go("Việc")
    one.page.get_by_role("link", name="Trả lại").first.click()
    expect(one.page.get_by_text("“Xem lại số buổi.”")).to_be_visible()


def settle(hand: Hand) -> None:
    """Home, the value, done; the other value stays in the history."""
    page = hand.page
    expect(hand.lamp).to_contain_text("việc cần bạn xem")
    hand.go("Việc")
    page.get_by_role("link", name="Hai giá trị khác nhau").first.click()
    expect(page.get_by_text("24 buổi")).to_be_visible()
    expect(page.get_by_text("Danh Thị Hồng")).to_be_visible()
    page.get_by_text("26 buổi").click()
    assert hand.violations() == []
    page.get_by_role("button", name="Chốt 26 buổi").click()
    expect(hand.rung).to_be_visible()
    page.get_by_role("button", name="Xem lịch sử").click()
    expect(page.get_by_text("24 buổi")).to_be_visible()


def approve(hand: Hand) -> None:
    """The district finds the report and approves it."""
    hand.sync()
    hand.go("Việc")
    hand.go("Báo cáo")
    hand.page.get_by_label("Tìm báo cáo").fill("dai truyen thanh thang 12/2020")
    hand.page.locator(".slip").first.click()
    expect(hand.page.get_by_text("26 buổi")).to_be_visible()
    hand.page.get_by_role("button", name="Huyện duyệt").click()
    expect(hand.page.locator(".note.ok", has_text="Huyện duyệt")).to_be_visible()
    hand.sync()


def change_again(hand: Hand) -> None:
    """Somebody corrects what was approved."""
    hand.sync()
    file_sessions(hand, "25")
    hand.sync()


def see_it_stale(hand: Hand) -> None:
    """The approval says that it is out of date."""
    hand.sync()
    hand.go("Báo cáo")
    hand.page.get_by_text("Duyệt đã cũ").first.click()
    expect(hand.page.get_by_text("Duyệt đã cũ: báo cáo đã thay đổi sau đó")).to_be_visible()


def return_it(hand: Hand) -> None:
    """Nothing goes back without a reason."""
    page = hand.page
    page.get_by_role("button", name="Trả lại").click()
    expect(page.get_by_role("button", name="Trả lại")).to_be_disabled()
    page.get_by_label("Lý do trả lại").fill("Xem lại số buổi.")
    page.get_by_role("button", name="Trả lại").click()
    expect(page.locator(".note.ask", has_text="Xem lại số buổi.")).to_be_visible()
    assert hand.violations() == []
    hand.sync()
