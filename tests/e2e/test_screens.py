"""Every screen, in both languages, light and dark, as people see and hear it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hand import F01M, Hand
from tests.e2e.stage import Stage

pytestmark = pytest.mark.unmeasured

WIDE = {"width": 1280, "height": 800}
HASHES = ("", "begin", "reports", "sync", "device", "conflict")


def spills(page: Page) -> bool:
    """Whether the screen is wider than the phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_no_screen_has_a_fault_of_accessibility_or_spills_over_its_edge(
    stage: Stage, phone: Callable[[str], Hand]
) -> None:
    hand = phone("screens")
    page = hand.page
    expect(hand.title).to_be_visible()
    found = {"enrol": hand.violations()}
    stage.confirm(hand.enrol(stage.invite("Lê Văn Tám", unit="Xã Kiên Bình")))
    hand.sync()
    hand.begin(F01M, "Tháng 11/2020 (15/10–14/11)")
    hand.choose("Tình trạng điểm trong kỳ", "Đang hoạt động")
    hand.fill("Số ngày mở cửa trong kỳ", "40")
    page.get_by_role("button", name="Thêm dòng").click()
    found["fill"] = hand.violations()
    hand.save()
    expect(page.get_by_label("Lý do chưa ghi")).to_be_visible()
    found["fill, answers missing"] = hand.violations()
    page.get_by_label("Lý do chưa ghi").fill("Chưa kiểm xong sổ.")
    page.get_by_role("button", name="Lưu với lý do này").click()
    expect(hand.rung).to_be_visible()
    page.get_by_role("button", name="Xem lịch sử").click()
    for language in ("vi", "en"):
        for size in (page.viewport_size, WIDE):
            page.set_viewport_size(size)  # type: ignore[arg-type] # a TypedDict of two ints
            found[f"report {language} {size}"] = hand.violations() + ["spills"] * spills(page)
    for language in ("Tiếng Việt", "English"):
        page.evaluate("location.hash = '#/device'")
        page.get_by_text(language, exact=True).click()
        for dark in (False, True):
            page.emulate_media(color_scheme="dark" if dark else "light")
            for name in HASHES:
                page.evaluate("name => { location.hash = '#/' + name }", name)
                expect(page.locator("h1, .note").first).to_be_visible()
                faults = hand.violations(*(["color-contrast"] if dark else []))
                found[f"{name} {language} {dark}"] = faults + ["spills"] * spills(page)
    assert "\n".join(f"{screen}: {fault}" for screen, faults in found.items() for fault in faults) == ""
