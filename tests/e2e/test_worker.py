"""The app on the phone: it opens without a network, no portal replaces it, and a newer one comes when it is asked for."""

import base64
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import Hand
from tests.e2e.portal import Portal
from tests.e2e.stage import UNTOUCHED, Stage

pytestmark = pytest.mark.unmeasured

UPDATE = """navigator.serviceWorker.getRegistration().then(all => all.update()).then(
    all => new Promise(resolve => { all.installing.onstatechange = each => resolve(each.target.state) })
)"""
"""Ask for a newer worker; what becomes of it."""
EDITION = '<meta name="edition" content="2">'


def digest(file: Path) -> str:
    """What a browser compares a file with."""
    return base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()


@pytest.fixture
def newer(app: Path, tmp_path: Path) -> Path:
    """A newer version of the app: its first page is another one."""
    folder = tmp_path / "newer"
    shutil.copytree(app, folder)
    page, worker = folder / "index.html", folder / "sw.js"
    before = digest(page)
    page.write_text(page.read_text().replace("<title>", f"{EDITION}<title>"))
    worker.write_text(worker.read_text().replace(before, digest(page)))
    return folder


@pytest.fixture
def serving(stage: Stage, app: Path) -> Iterator[Callable[[Path], None]]:
    """Serves another folder of the app from now on, until the test is over."""
    yield stage.serve
    stage.serve(app)


def is_newer(hand: Hand) -> bool:
    """Whether the page that is open is the newer one."""
    return hand.page.locator("meta[name=edition]").count() == 1


def test_a_portal_that_answers_everything_can_neither_replace_nor_damage_the_app(
    stage: Stage, ready: Callable[..., Hand]
) -> None:
    hand = ready("Danh Thị Hồng", UNTOUCHED)
    hand.is_kept_offline()
    stage.hub.stop()
    with Portal(stage.hub.port):
        for _ in range(2):
            hand.page.reload()
            expect(hand.title).to_have_text("Ai đang dùng máy?")
        hand.unlock()
        hand.go("Gửi nhận")
        hand.page.get_by_role("button", name="Gửi và nhận ngay").click()
        expect(hand.page.get_by_text("Mạng này đòi đăng nhập trước.")).to_be_visible()
    stage.hub.start()
    hand.sync()
    hand.faults.clear()  # the browser complains of the portal's page in the place of the worker


def test_a_newer_app_takes_over_when_the_person_says_so(
    stage: Stage, phone: Callable[[str], Hand], newer: Path, serving: Callable[[Path], None]
) -> None:
    hand = phone("update")
    hand.enrol(stage.invite("Lê Văn Tám"))
    hand.is_kept_offline()
    serving(newer)
    hand.page.reload()
    expect(hand.page.get_by_text("Có bản mới của ứng dụng")).to_be_visible()
    assert not is_newer(hand)
    with hand.page.expect_navigation():
        hand.page.get_by_role("button", name="Dùng bản mới").click()
    expect(hand.title).to_have_text("Ai đang dùng máy?")
    assert is_newer(hand)
    stage.hub.stop()
    hand.page.reload()
    hand.unlock()
    expect(hand.title).to_have_text("Việc của tôi")
    assert is_newer(hand)
    stage.hub.start()


def test_a_newer_app_that_does_not_arrive_whole_never_takes_over(
    stage: Stage, phone: Callable[[str], Hand], newer: Path, serving: Callable[[Path], None]
) -> None:
    hand = phone("half")
    hand.enrol(stage.invite("Trần Quốc Khánh"))
    hand.is_kept_offline()
    with (newer / "index.html").open("a") as page:
        page.write("<p>and something else</p>")
    serving(newer)
    assert hand.page.evaluate(UPDATE) == "redundant"
    hand.page.reload()
    expect(hand.title).to_have_text("Ai đang dùng máy?")
    expect(hand.page.get_by_text("Có bản mới của ứng dụng")).to_have_count(0)
    assert not is_newer(hand)
    hand.faults.clear()  # the browser says that a digest did not fit
