"""Without a finger or a mouse: the keyboard alone does everything."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F05M, PIN, Hand
from tests.e2e.stage import Stage

pytestmark = pytest.mark.unmeasured

STEPS_MAX = 60
FOCUSED = """(() => {
    const here = document.activeElement;
    const labels = [...(here.labels ?? [])].map(label => label.innerText).join(" ");
    return `${labels} ${here.innerText ?? ""} ${here.getAttribute("aria-label") ?? ""}`;
})()"""
"""The words of what the keyboard would act on."""


def tab_to(hand: Hand, words: str) -> None:
    """Go on with the tab key until something with these words has the focus, which can be seen."""
    for _ in range(STEPS_MAX):
        hand.page.keyboard.press("Tab")
        if words in hand.page.evaluate(FOCUSED):
            assert hand.page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"the keyboard does not reach {words}")


def press(hand: Hand, words: str) -> None:
    """Go to a button or a link and press it."""
    tab_to(hand, words)
    hand.page.keyboard.press("Enter")


def go(hand: Hand, words: str, title: str) -> None:
    """Press what leads to a screen; the keyboard goes on at its beginning."""
    press(hand, words)
    expect(hand.title).to_have_text(title)
    hand.wait_until("document.activeElement.matches('main')")


def write(hand: Hand, words: str, text: str) -> None:
    """Go to a field and type."""
    tab_to(hand, words)
    hand.page.keyboard.type(text)


def test_a_report_is_filled_in_and_saved_with_the_keyboard_alone(
    stage: Stage, phone: Callable[..., Hand]
) -> None:
    hand = phone("keys")
    expect(hand.title).to_have_text("Nhận máy")
    write(hand, "Mã mời", stage.invite("Danh Thị Hồng"))
    press(hand, "Tiếp")
    expect(hand.page.get_by_label("Đặt mã PIN")).to_be_visible()
    write(hand, "Đặt mã PIN", PIN)
    write(hand, "Gõ lại mã PIN", PIN)
    hand.page.keyboard.press("Enter")
    expect(hand.page.locator(".letters")).to_be_visible()
    go(hand, "Bắt đầu", "Việc của tôi")
    expect(hand.lamp).to_contain_text("Lần cuối")
    stage.confirm(hand.page.locator(".note").get_by_text("-").inner_text().split()[-1])
    go(hand, "Gửi nhận", "Gửi nhận")
    press(hand, "Gửi và nhận ngay")
    expect(hand.page.get_by_text("Xong. Gửi")).to_be_visible()
    go(hand, "Việc", "Việc của tôi")
    go(hand, "Ghi báo cáo khác", "Ghi báo cáo khác")
    tab_to(hand, "Biểu")
    hand.page.keyboard.type(F05M)
    go(hand, "Ghi báo cáo", F05M)
    write(hand, "Số buổi phát thanh", "12")
    tab_to(hand, "Nông nghiệp, thủy sản")
    hand.page.keyboard.press("Space")
    press(hand, "Lưu báo cáo")
    expect(hand.rung).to_be_visible()
    expect(hand.page.get_by_text("12 buổi")).to_be_visible()
    expect(hand.page.get_by_text("Nông nghiệp, thủy sản")).to_be_visible()
