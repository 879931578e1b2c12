"""What the environment says, read once at the edge: HAIDANG_HOME, HAIDANG_LANG, HAIDANG_PASSPHRASE.

HAIDANG_CLOCK_SHIFT, in seconds, moves the device's clock: demonstrations show with it what a wrong clock does not do.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from haidang_syncclient.words import LANGUAGES, VIETNAMESE


class Settings(NamedTuple):
    """Defaults of the command's global options; `passphrase` None means that it was not given here.

    `clock_shift` are seconds by which this device's clock is ahead; `home_named` says that the command line named the home.
    """

    home: Path
    language: str
    passphrase: str | None
    clock_shift: int = 0
    home_named: bool = False

    @property
    def program(self) -> str:
        """How this program is called again for the same person: what `{haidang}` stands for in the words."""
        return f"haidang --home {shlex.quote(str(self.home))}" if self.home_named else "haidang"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an unknown language is Vietnamese."""
    found = os.environ if environment is None else environment
    language = found.get("HAIDANG_LANG", "")
    home = found.get("HAIDANG_HOME", "")
    shift = found.get("HAIDANG_CLOCK_SHIFT", "")
    return Settings(
        home=Path(home) if home else _data_folder(found) / "haidang",
        language=language if language in LANGUAGES else VIETNAMESE,
        passphrase=found.get("HAIDANG_PASSPHRASE") or None,
        clock_shift=int(shift) if shift.removeprefix("-").isdecimal() else 0,
    )


def _data_folder(environment: Mapping[str, str]) -> Path:
    """Where programs keep a person's data on this platform."""
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
