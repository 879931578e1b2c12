"""The benchmarks run and say what they promise to say. How fast anything is, no test asserts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured  # processes of their own

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def said(name: str, *options: str) -> dict[str, object]:
    command = [sys.executable, str(BENCHMARKS / name), *options]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(told.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_verify_says_in_its_last_line_how_long_a_sound_replica_took() -> None:
    found = said("verify.py", "--quick", "--json")
    assert isinstance(found["verify_100k_s"], float)
    assert found["sets"] == 2_000
    assert found["operations_in_set"] == 5
    assert found["estimated"] is True
    assert found["machine"]
