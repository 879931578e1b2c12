"""`make long`: property tests and long tests repeat until the budget is spent, everything else stays out."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
TESTS = """
from pathlib import Path
import pytest
from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

def ran(name):
    with Path("ran").open("a") as file:
        file.write(name + "\\n")

@given(st.integers())
def test_property(number):
    ran("property")

@given(st.integers())
async def test_async_property(number):
    ran("async property")

class Machine(RuleBasedStateMachine):
    @rule()
    def step(self):
        ran("machine")

TestMachine = Machine.TestCase

def test_plain():
    ran("plain")

@pytest.mark.long
def test_long():
    ran("long")
"""
SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
markers = long(shares): only in the long run
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    (tmp_path / "test_all.py").write_text(TESTS)
    return tmp_path


def run(project: Path, *arguments: str) -> tuple[int, Counter[str]]:
    """Run pytest there; give its exit code and how often each test body ran."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {"HAIDANG_EXAMPLES": "10", "HAIDANG_STEPS": "5"}
    done = subprocess.run(command, cwd=project, env=environment, check=False, capture_output=True)
    ran = project / "ran"
    return done.returncode, Counter(ran.read_text().splitlines() if ran.exists() else [])


def test_a_usual_run_has_50_examples_and_no_long_test(project: Path) -> None:
    code, ran = run(project)
    assert code == 0
    assert (ran["plain"], ran["long"]) == (1, 0)
    assert 0 < ran["property"] <= 50


def test_a_long_run_repeats_long_tests_and_properties_only(project: Path) -> None:
    code, ran = run(project, "--budget", "2s")
    assert code == 0
    assert ran.keys() == {"property", "async property", "machine", "long"}
    assert ran["property"] > 50
    assert ran["async property"] > 50
    assert ran["long"] > 1


def test_a_test_of_several_shares_runs_longer_and_says_how_often(project: Path) -> None:
    tests = project / "test_all.py"
    plain = TESTS.partition("@given")[0] + TESTS[TESTS.index("def test_plain") :]
    tests.write_text(plain.replace("mark.long", "mark.long(shares=16)"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--budget", "2s"]
    told = subprocess.run(command, cwd=project, check=True, capture_output=True, encoding="utf-8").stdout
    runs = int(told.partition("test_long: ran ")[2].partition(" times")[0].replace(",", ""))
    assert runs == Counter((project / "ran").read_text().splitlines())["long"] > 10


def test_a_budget_without_a_unit_is_refused(project: Path) -> None:
    assert run(project, "--budget", "20") == (pytest.ExitCode.USAGE_ERROR, Counter())
