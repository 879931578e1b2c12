"""The worked example as `make run` serves it: made, enrolled in with the printed lines, stopped, started again."""

import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pytest

from haidang_server.stage.hub_process import free_port
from haidang_server.stage.person import Person
from haidang_server.stage.worked_example import USERS, WorkedExample

pytestmark = pytest.mark.unmeasured  # processes of their own

START_S = 90
CONFIRM_S = 30
ENDED = (0, -signal.SIGTERM)
"""Exit codes of a server that was told to stop and did so in order."""


class Example:
    """A served example, and the lines that it has printed."""

    def __init__(self, folder: Path, *words: str) -> None:
        line = [
            str(Path(sys.executable).with_name("haidang-server")),
            "example",
            "--data",
            str(folder / "example"),
            *words,
        ]
        self.process = subprocess.Popen(
            line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def line(self) -> str:
        """The next line."""
        try:
            return self._lines.get(timeout=START_S)
        except Empty:
            raise AssertionError("the example fell silent") from None

    def enrol_lines(self) -> list[list[str]]:
        """The words of the three lines that a person is to paste."""
        found: list[list[str]] = []
        while len(found) < len(USERS):
            line = self.line()
            if " enrol " in line and not line.startswith("#"):
                found.append(shlex.split(line))
        return found

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(30)
        self._reader.join(10)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Example]:
    example = Example(folder, *words)
    try:
        yield example
    finally:
        if example.process.poll() is None:
            example.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_user_enrols_with_the_printed_line_and_is_confirmed_reads_and_reports(folder: Path) -> None:
    port = free_port()
    with served(folder, "--port", str(port)) as example:
        assert example.line() == f"http://127.0.0.1:{port}"
        commune, district, province = example.enrol_lines()
        assert [each[-1] for each in (commune, district, province)] == ["--no-passphrase"] * 3
        subprocess.run(commune, cwd=folder, check=True, capture_output=True, timeout=60)
        user = Person("commune", folder / commune[commune.index("--home") + 1])
        confirmed(user)
        assert len(user.ask("directives")["directives"]) == 39
        shown = user.ask("show", "--history", "--form", "F05M")["records"]
        assert all(any("(mẫu)" in said["person"] for said in each["history"]) for each in shown)
        user.ask("report", "F05M", "--period", "2019-02", "--set", "sessions=60")
        assert user.sync()["status"]["received"] == 1
        assert example.stop() in ENDED
    with served(folder) as again:
        assert again.line() == f"http://127.0.0.1:{port}"
        fresh, same, _ = again.enrol_lines()
        assert fresh != commune
        assert same == district
        assert user.sync()["complete"]
        assert again.stop() in ENDED
    assert WorkedExample(folder / "example").plan.reports > 50


def test_an_example_that_is_asked_for_on_another_port_says_what_is_safe(folder: Path) -> None:
    with served(folder, "--no-reports") as example:
        example.enrol_lines()
        example.stop()
    line: list[str | Path] = [
        Path(sys.executable).with_name("haidang-server"),
        "example",
        "--data",
        folder / "example",
        "--port",
        "1",
    ]
    ended = subprocess.run(line, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert ended.returncode == 1
    assert "vẫn còn nguyên" in ended.stderr


def confirmed(user: Person) -> None:
    """Sync until the example's office has confirmed the user."""
    end = time.monotonic() + CONFIRM_S
    while not user.ask("status")["confirmed"]:
        assert time.monotonic() < end
        user.sync()
