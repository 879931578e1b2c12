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


@pytest.fixture(scope="session")
def lasting_stage(tmp_path_factory: pytest.TempPathFactory, app: Path) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage") / "example", app)
    yield made
    made.hub.stop()


@pytest.fixture
def stage(lasting_stage: Stage) -> Stage:
    """A hub that runs, with the example's definitions, its officer, and what earlier tests left there."""
    if not lasting_stage.hub.running:
        lasting_stage.hub.start()
    return lasting_stage


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


@pytest.fixture
def ready(stage: Stage, phone: Callable[[str], Hand]) -> Callable[..., Hand]:
    """Makes phones whose people are confirmed and have the definitions; further words go into the invitation."""

    def make(person: str, *invitation: str) -> Hand:
        hand = phone(person)
        stage.confirm(hand.enrol(stage.invite(person, *invitation)))
        hand.sync()
        return hand

    return make
