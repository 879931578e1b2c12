"""The stage of the browser tests: a hub that can be stopped, the officer who invites and confirms, the built app."""

import subprocess
import time
from pathlib import Path
from typing import Final

from haidang_server.stage.hub_process import HubProcess
from haidang_server.stage.worked_example import COMMUNE, make_example

ROOT: Final = Path(__file__).parents[2]
BUILD_S: Final = 120


def built_app(folder: Path) -> Path:
    """The phone app, built from the sources as they are now."""
    line = ["npm", "--prefix", str(ROOT / "pwa"), "--silent", "run", "build", "--", "--outDir", str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=BUILD_S, check=False)
    assert done.returncode == 0, done.stderr
    return folder


class Stage:
    """The worked example without reports: `hub` serves the app, `office` is the province's officer."""

    def __init__(self, folder: Path, app: Path) -> None:
        example = make_example(folder, None, "none", int(time.time()), lambda _: None)
        self.office = example.office
        self.hub = HubProcess(example.hub_folder, example.plan.port, app)
        self.hub.start()
        self.office.sync()

    def invite(self, person: str, role: str = "commune-head", unit: str = COMMUNE) -> str:
        """The text of an invitation that the hub knows."""
        return str(self.office.ask("invite", unit, "--role", role, "--person", person)["offer"])

    def confirm(self, *fingerprints: str) -> None:
        """What the officer does after comparing the letters."""
        self.office.sync()
        self.office.ask("invite", *(word for each in fingerprints for word in ("--confirm", each)))
        self.office.sync()
