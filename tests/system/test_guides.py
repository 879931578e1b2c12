"""The guides are true: the walk-through runs as it stands, and every command that a guide names exists with its options."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Final

import pytest

from haidang_server.settings import child_environment
from haidang_server.stage.hub_process import free_port

ROOT: Final = Path(__file__).parents[2]
WALK: Final = ROOT / "docs" / "walk-through.md"
WALK_S: Final = 400
"""Seconds: it takes less than one minute on a quiet machine with two cores."""
STEP: Final = re.compile(r"```sh\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
STOP: Final = "trap 'kill ${server:-} 2>/dev/null || true' EXIT"
"""However the script ends, its server ends with it."""
DIVIDER: Final = "@@@@ the next block @@@@"


def run_script(script: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a bash script with all that it starts; returns the exit code and what was said."""
    line = ["bash", "-c", script]
    with subprocess.Popen(
        line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=WALK_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
        return process.returncode, said


def first_missing(expected: str, said: str) -> str | None:
    """The first of the expected lines that does not follow in what was said; `…` stands for anything, blanks for blanks."""
    lines = iter([" ".join(line.split()) for line in said.splitlines()])
    for line in expected.splitlines():
        parts = [re.escape(" ".join(part.split())) for part in line.split("…")]
        pattern = re.compile(".*".join(parts))
        if not any(pattern.fullmatch(told) for told in lines):
            return line
    return None


def test_the_walk_through_runs_as_it_stands_and_says_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(
            name, raising=False
        )  # a hundred short processes: measuring each takes longer than they do
    steps = STEP.findall(WALK.read_text(encoding="utf-8"))
    blocks = [f"echo '{DIVIDER}'\n{commands}" for commands, _ in steps]
    script = "\n".join(["set -euo pipefail", STOP, *blocks])
    environment = child_environment(PORT=str(free_port()), TMPDIR=str(tmp_path), HAIDANG_OPENERS="0")
    code, said = run_script(script, ROOT, environment)
    assert code == 0, said
    told = said.split(DIVIDER + "\n")[1:]
    assert len(told) == len(steps) > 20
    missing = [
        (line, output)
        for (_, expected), output in zip(steps, told, strict=True)
        if (line := first_missing(expected, output))
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("expected", "said", "missing"),
    [
        ("one\nthree", "one\ntwo\nthree", None),
        ("three\none", "one\ntwo\nthree", "one"),
        ("o… e", "one   e", None),
        ("on", "one", "on"),
    ],
)
def test_lines_are_found_in_their_order_and_whole(expected: str, said: str, missing: str | None) -> None:
    assert first_missing(expected, said) == missing
