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


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, no longer than for a module: while it runs, no test of the same process can run an event loop of its own."""
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
) -> Iterator[Callable[..., Hand]]:
    """Makes phones by name; no page of theirs may end with a fault that the test did not expect."""
    hands: list[Hand] = []

    def make(name: str, film: Path | None = None) -> Hand:
        hands.append(Hand(playwright.chromium, chromium, tmp_path / name, stage.hub.url, film))
        return hands[-1]

    yield make
    for hand in hands:
        hand.close()
    assert [hand.faults for hand in hands if hand.faults] == []


@pytest.fixture
def crew(stage: Stage, phone: Callable[[str], Hand]) -> Callable[..., list[Hand]]:
    """Makes a phone for each (person, role, unit); all of them are confirmed and have the definitions."""

    def make(*invited: tuple[str, str, str]) -> list[Hand]:
        hands = [phone(person) for person, _, _ in invited]
        stage.confirm(*(hand.enrol(stage.invite(*each)) for hand, each in zip(hands, invited, strict=True)))
        for hand in hands:
            hand.sync()
        return hands

    return make


@pytest.fixture
def ready(crew: Callable[..., list[Hand]]) -> Callable[..., Hand]:
    """Makes a phone for one person of a commune; each test has a commune of its own."""

    def make(person: str, unit: str) -> Hand:
        (hand,) = crew((person, "commune-head", unit))
        return hand

    return make
