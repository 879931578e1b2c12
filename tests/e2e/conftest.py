import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.e2e.hand import Hand
from tests.e2e.stage import ROOT, Stage, built_app


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; installed first where there is none and that may be done."""
    found = subprocess.run([ROOT / "scripts/chromium"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The phone app, built from the sources."""
    return built_app(tmp_path_factory.mktemp("app") / "dist")


@pytest.fixture
def stage(tmp_path: Path, app: Path) -> Iterator[Stage]:
    """A hub of its own with the example's definitions, and its officer."""
    made = Stage(tmp_path / "example", app)
    yield made
    made.hub.stop()


@pytest.fixture
def phone(
    playwright: Playwright, chromium: str, tmp_path: Path, stage: Stage
) -> Iterator[Callable[[str], Hand]]:
    """Makes phones by name; no page of theirs may end with a fault that the test did not expect."""
    hands: list[Hand] = []

    def make(name: str) -> Hand:
        hands.append(Hand(playwright.chromium, chromium, tmp_path / name, stage.hub.url))
        return hands[-1]

    yield make
    for hand in hands:
        hand.close()
    assert [hand.faults for hand in hands if hand.faults] == []
