"""Hypothesis profiles, and the long run: `pytest --budget 20m` repeats the property tests until time is up.

Each property test has one share of the budget, a test marked `long(shares=n)` has n. At the end of the run the tests
of several shares say how often they ran.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("dev", max_examples=50, deadline=None, print_blob=True)
settings.register_profile(
    "long",
    max_examples=int(os.environ.get("HAIDANG_EXAMPLES", "500")),
    stateful_step_count=int(os.environ.get("HAIDANG_STEPS", "100")),
    deadline=None,
    print_blob=True,
)

SECONDS = {"s": 1, "m": 60, "h": 3600}
share_s = pytest.StashKey[float]()
RUNS = "runs"


def seconds(text: str) -> float:
    """Read a span such as 90s, 20m or 1h."""
    match = re.fullmatch(r"(\d+)([smh])", text)
    if match is None:
        raise pytest.UsageError(f"--budget {text}: write a number and a unit, such as 90s, 20m or 1h")
    return float(match[1]) * SECONDS[match[2]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", metavar="SPAN", help="long run: repeat property tests for 90s, 20m, 1h …")


def pytest_configure(config: pytest.Config) -> None:
    long = config.getoption("--budget") is not None
    settings.load_profile("long" if long else "dev")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the long tests for the long run, and in it keep only them and the property tests."""
    budget = config.getoption("--budget")
    if budget is None:
        chosen = [item for item in items if not item.get_closest_marker("long")]
    else:
        chosen = [item for item in items if item.get_closest_marker("long") or is_property(item)]
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        every = sum(map(shares, chosen))
        for item in chosen:
            item.stash[share_s] = seconds(budget) * min(workers, len(chosen)) * shares(item) / every
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def is_property(item: pytest.Item) -> bool:
    return item.get_closest_marker("hypothesis") is not None


def shares(item: pytest.Item) -> int:
    marker = item.get_closest_marker("long")
    return 1 if marker is None else int(marker.kwargs.get("shares", 1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """In a long run, repeat a test that held until its share of the budget is spent."""
    began, runs = time.monotonic(), 1
    yield
    while time.monotonic() - began < item.stash.get(share_s, 0.0):
        item.runtest()
        runs += 1
    if shares(item) > 1:
        item.user_properties.append((RUNS, runs))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often the tests of several shares ran, all their parameters together."""
    runs = Counter[str]()
    for report in terminalreporter.getreports("passed"):
        runs[report.nodeid.partition("[")[0]] += sum(n for name, n in report.user_properties if name == RUNS)
    for name, times in runs.items():
        if times:
            terminalreporter.write_line(f"{name}: ran {times:,} times")
