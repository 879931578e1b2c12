"""A person with a device: a folder, a clock that may be wrong, and the command `haidang`."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from haidang_server.settings import child_environment
from haidang_server.stage.programs import PERSON, Outcome, find_program, run

LATER: Final = 3
"""Exit code of a command that nothing was lost in and that should be tried again: there is no network."""
NEEDS_PERSON: Final = 5
"""Exit code of a command that found something for a person to decide."""


class Filling(NamedTuple):
    """What somebody writes into a form: values by field, steps of tallies, elements of sets, a note.

    Rows are pairs of a field with its key, and the cells of that row.
    """

    puts: Mapping[str, Any] = {}
    counts: Mapping[str, int] = {}
    adds: Mapping[str, Sequence[str]] = {}
    rows: Sequence[tuple[str, Mapping[str, Any]]] = ()
    note: str | None = None

    def options(self) -> list[str]:
        """The options of `haidang report`."""
        line: list[str] = []
        for field, value in self.puts.items():
            line += ["--set", f"{field}={typed(value)}"]
        for field, step in self.counts.items():
            line += ["--count", f"{field}={step:+d}"]
        for field, elements in self.adds.items():
            for element in elements:
                line += ["--add", f"{field}={element}"]
        for row, cells in self.rows:
            line += ["--row", row]
            for cell, value in cells.items():
                line += ["--cell", f"{cell}={typed(value)}"]
        return line if self.note is None else [*line, "--note", self.note]


class Tenths(int):
    """A number with one decimal, as it is stored: 125 is typed 12,5."""


class Person:
    """One person on one device."""

    def __init__(self, name: str, home: Path) -> None:
        """Take the name that the certificate will carry, and the folder of the device, which need not exist."""
        self.name = name
        self.home = home
        self.clock_shift_s = 0
        self._program = find_program(PERSON)

    def run(self, *words: str | Path, allowed: Sequence[int] = (0,)) -> Outcome:
        """Carry out a command on this device.

        Raises:
            CommandFailedError: it ended with another exit code.
        """
        environment = child_environment(HAIDANG_CLOCK_SHIFT=str(self.clock_shift_s))
        line = [self._program, *words, "--home", self.home, "--lang", "en", "--json"]
        return run(line, environment, allowed)

    def ask(self, *words: str | Path, allowed: Sequence[int] = (0,)) -> dict[str, Any]:
        """What a command answers; raises as `run`."""
        return self.run(*words, allowed=allowed).data

    def sync(self) -> dict[str, Any]:
        """Send and receive; raises as `run`."""
        return self.ask("sync")

    def copy_home(self, folder: Path) -> None:
        """Copy the device's folder, as a phone's backup does."""
        shutil.copytree(self.home, folder)

    def put_home_back(self, folder: Path) -> None:
        """Put a copy in the place of the device's folder, as when a phone is restored."""
        shutil.rmtree(self.home)
        shutil.copytree(folder, self.home)


def typed(value: Any) -> str:
    """A value as a person types it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Tenths):
        return f"{value // 10},{value % 10}"
    return str(value)
