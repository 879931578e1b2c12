"""Pictures of every screen, in both languages, on a phone and on a desk: `python -m tests.e2e.pictures FOLDER`.

The people and figures are made up; the units, tasks and forms are those of the worked example.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Playwright, ViewportSize, expect, sync_playwright

from tests.e2e.hand import F01M, F05M, Hand
from tests.e2e.stage import ROOT, Stage, built_app

COMMUNE: Final = "Xã Hòn Nghệ"
DECEMBER: Final = "Tháng 12/2020 (15/11–14/12)"
NOVEMBER: Final = "Tháng 11/2020 (15/10–14/11)"
SIZES: Final[dict[str, ViewportSize]] = {
    "phone": {"width": 360, "height": 800},
    "desk": {"width": 1280, "height": 800},
}
LANGUAGES: Final = {"vi": "Tiếng Việt", "en": "English"}


class Album:
    """Takes pictures of one phone's screens."""

    def __init__(self, folder: Path, hand: Hand) -> None:
        self.folder = folder
        self.hand = hand

    def take(self, name: str, address: str | None = None) -> None:
        """The screen, after going to its address if it has one, in both languages and sizes; Vietnamese at last."""
        page = self.hand.page
        for language in ("en", "vi"):
            page.evaluate("each => localStorage.setItem('language', each)", language)
            if address is None:
                page.reload()
            else:
                page.evaluate("location.hash = '#/device'")
                page.get_by_text(LANGUAGES[language], exact=True).click()
                page.evaluate("address => { location.hash = address }", address)
            for size, viewport in SIZES.items():
                page.set_viewport_size(viewport)
                expect(page.locator("h1")).to_be_visible()
                page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
                page.screenshot(path=self.folder / f"{name}-{size}-{language}.png")
        page.set_viewport_size(SIZES["phone"])


def fill_month(hand: Hand, period: str, visits: str) -> str:
    """A monthly report of a post-culture point; where it stands."""
    hand.begin(F01M, period)
    hand.choose("Tình trạng điểm trong kỳ", "Đang hoạt động")
    hand.fill("Số ngày mở cửa trong kỳ", "24")
    hand.fill("Số giờ mở cửa bình quân", "4,5")
    hand.fill("Số lượt người đọc sách, báo", visits)
    hand.fill("Số lượt người truy cập Internet", "387")
    hand.save()
    expect(hand.rung).to_be_visible()
    return str(hand.page.evaluate("location.hash"))


def take_all(playwright: Playwright, chromium: str, folder: Path, scratch: Path) -> None:
    """Play two people and a conflict, and take every screen on the way."""
    stage = Stage(scratch / "example", built_app(scratch / "app"))
    try:
        one = Hand(playwright.chromium, chromium, scratch / "one", stage.hub.url)
        other = Hand(playwright.chromium, chromium, scratch / "other", stage.hub.url)
        album = Album(folder, one)
        expect(one.title).to_be_visible()
        album.take("enrol")
        stage.confirm(
            one.enrol(stage.invite("Danh Thị Hồng (mẫu)", unit=COMMUNE)),
            other.enrol(stage.invite("Lê Văn Tám (mẫu)", unit=COMMUNE)),
        )
        for hand, sessions in ((one, "24"), (other, "26")):
            hand.sync()
            hand.context.set_offline(True)
            hand.begin(F05M, NOVEMBER)
            hand.fill("Số buổi phát thanh", sessions)
            hand.save()
            expect(hand.rung).to_be_visible()
            hand.context.set_offline(False)
        fill_month(one, NOVEMBER, "1.142")
        one.sync()
        other.sync()
        one.sync()
        report = fill_month(one, DECEMBER, "1.286")
        one.go("Việc")
        conflict = one.page.get_by_role("link", name="Hai giá trị khác nhau").first.get_attribute("href")
        screens = {
            "home": "#/", "begin": "#/begin", "reports": "#/reports", "sync": "#/sync", "device": "#/device",
            "report": report, "fill": report.replace("report?id=", "fill?report=").removesuffix("&saved=1"),
            "conflict": conflict,
        }  # fmt: skip
        for name, address in screens.items():
            album.take(name, address)
        one.page.evaluate("location.hash = '#/device'")
        one.page.get_by_role("button", name="Khóa máy, đổi người").click()
        album.take("unlock")
        one.close()
        other.close()
    finally:
        stage.hub.stop()


def main() -> None:
    """Write the pictures into the folder that was named, or into that of the guides."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "phone"
    folder.mkdir(parents=True, exist_ok=True)
    chromium = subprocess.run([ROOT / "scripts/chromium"], check=True, capture_output=True, text=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        take_all(playwright, chromium.stdout.strip(), folder, Path(scratch))


if __name__ == "__main__":
    main()
