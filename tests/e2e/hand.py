"""A phone in somebody's hand: a browser with a folder of its own, and what a person does with it."""

import json
import re
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, BrowserType, Page, expect

AXE: Final = Path(__file__).parents[2] / "pwa/node_modules/axe-core/axe.min.js"
PIN: Final = "246813"
F01M: Final = "Báo cáo tháng của điểm Bưu điện – Văn hóa xã"
F05M: Final = "Báo cáo tháng của đài truyền thanh xã"
SMALL: Final = {"width": 360, "height": 800}
PATIENCE_MS: Final = 15_000

expect.set_options(timeout=PATIENCE_MS)


class Hand:
    """One phone. Faults of the page are collected in `faults`; a test that causes some looks at them."""

    def __init__(
        self, engine: BrowserType, program: str, folder: Path, url: str, film: Path | None = None
    ) -> None:
        """`film` is what its camera sees; without one there is no camera."""
        self.options = ["--no-sandbox"]
        if film is not None:
            self.options += [
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ]
        self.engine = engine
        self.program = program
        self.folder = folder
        self.url = url
        self.faults: list[str] = []
        self.open()

    def open(self) -> None:
        """Start the browser, with what it kept from before."""
        self.context: BrowserContext = self.engine.launch_persistent_context(
            str(self.folder),
            executable_path=self.program,
            args=self.options,
            viewport=SMALL,  # type: ignore[arg-type] # a TypedDict of two ints
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            service_workers="allow",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.pages[0]
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.goto(self.url)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text and "net::ERR" not in text:
            self.faults.append(text)

    def close(self) -> None:
        """Close the browser; its folder stays."""
        self.context.close()

    # ------------------------------------------------------------------------------------------------ what one sees

    @property
    def lamp(self) -> Any:
        """The words beside the lamp."""
        return self.page.locator(".bar [role=status]")

    @property
    def title(self) -> Any:
        """The heading of the screen."""
        return self.page.locator("h1")

    @property
    def rung(self) -> Any:
        """The rung of the ladder on which the report stands."""
        return self.page.locator("[aria-current=step]")

    def violations(self, *rules: str) -> list[str]:
        """What axe-core finds on the screen against the rules of accessibility, or against these few."""
        options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [
            f"{each['id']}: {json.dumps([node['html'] for node in each['nodes']])[:400]}" for each in found
        ]

    def is_kept_offline(self) -> None:
        """Wait until the app itself lies on the phone."""
        self.wait_until("navigator.serviceWorker.controller?.state === 'activated'")

    def wait_until(self, condition: str) -> None:
        """Ask the page again and again; it may not do so itself, since it evaluates nothing."""
        for _ in range(PATIENCE_MS // 50):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(condition)

    # ------------------------------------------------------------------------------------------------ what one does

    def enrol(self, offer: str, pin: str = PIN) -> str:
        """Use an invitation, and wait until the hub has the request; the letters for the officer."""
        page = self.page
        page.get_by_label("Mã mời").fill(offer)
        page.get_by_role("button", name="Tiếp").click()
        page.get_by_label("Đặt mã PIN").fill(pin)
        page.get_by_label("Gõ lại mã PIN").fill(pin)
        page.get_by_role("button", name="Nhận máy này").click()
        letters = page.locator(".letters").inner_text()
        page.get_by_role("button", name="Bắt đầu").click()
        expect(self.lamp).to_contain_text("Lần cuối")
        return letters

    def unlock(self, pin: str = PIN) -> None:
        """Type the PIN of the person who is chosen."""
        self.page.get_by_label("Mã PIN của").fill(pin)
        self.page.get_by_role("button", name="Mở", exact=True).click()

    def go(self, name: str) -> None:
        """Follow one of the ways at the foot of the screen."""
        self.page.get_by_role("navigation").get_by_role("link", name=re.compile(f"{name}$")).click()

    def sync(self) -> None:
        """Exchange everything now."""
        self.go("Gửi nhận")
        with self.page.expect_response(re.compile("/v1/sync$")):
            self.page.get_by_role("button", name="Gửi và nhận ngay").click()
        expect(self.page.get_by_role("button", name="Dừng")).to_have_count(0)
        expect(self.page.get_by_text("Xong. Gửi")).to_be_visible()

    def begin(self, form: str, period: str) -> None:
        """Begin a report that is named by the words of its form and period."""
        self.go("Việc")
        self.page.get_by_role("link", name="Ghi báo cáo khác").click()
        self.page.get_by_label("Biểu").select_option(label=form)
        self.page.get_by_label("Kỳ", exact=True).select_option(label=period)
        self.page.get_by_role("button", name="Ghi báo cáo").click()

    def save(self) -> None:
        """Finish the form."""
        self.page.get_by_role("button", name="Lưu báo cáo").click()

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label, and go on to the next."""
        field = self.page.get_by_label(label)
        field.fill(text)
        field.blur()

    def choose(self, question: str, answer: str) -> None:
        """Choose one of the answers to a question."""
        self.page.get_by_role("group", name=question).get_by_text(answer, exact=True).click()
