"""Running the two commands as processes: what they were told, what they answered."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from haidang_server.stage.errors import CommandFailedError, ProgramMissingError

PERSON: Final = "haidang"
OPERATOR: Final = "haidang-server"
TIMEOUT_S: Final = 300


class Outcome(NamedTuple):
    """How a command ended: its exit code, the object that it printed, and what it said besides."""

    exit_code: int
    data: dict[str, Any]
    said: str


def find_program(name: str) -> Path:
    """The command that is installed beside this one.

    Raises:
        ProgramMissingError: it is not.
    """
    beside = Path(sys.executable).with_name(name)
    if beside.is_file():
        return beside
    found = shutil.which(name)
    if found is None:
        raise ProgramMissingError(name)
    return Path(found)


def run(line: Sequence[str | Path], environment: Mapping[str, str], allowed: Sequence[int] = (0,)) -> Outcome:
    """Run a command to its end; its last line is the JSON object that it prints.

    Raises:
        CommandFailedError: it ended with an exit code that is not allowed, or printed no object.
    """
    ended = subprocess.run(
        [str(part) for part in line],
        env=dict(environment),
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    told = " ".join([Path(line[0]).name, *map(str, line[1:])])
    printed = ended.stdout.strip().splitlines()
    try:
        data = json.loads(printed[-1]) if printed else {}
    except ValueError:
        raise CommandFailedError(told, ended.returncode, ended.stdout + ended.stderr) from None
    if ended.returncode not in allowed:
        raise CommandFailedError(told, ended.returncode, ended.stderr or ended.stdout)
    return Outcome(ended.returncode, data, ended.stderr)
