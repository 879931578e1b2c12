"""The stage of the browser tests: a hub that can be stopped, the officer who invites and confirms, the built app."""

import io
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from haidang_server.stage.hub_process import HubProcess
from haidang_server.stage.worked_example import make_example
from haidang_syncclient.cli import main

ROOT: Final = Path(__file__).parents[2]
UNTOUCHED: Final = "Xã Thuận Yên"
"""A commune in which no test files anything."""
BUILD_S: Final = 120


def built_app(folder: Path) -> Path:
    """The phone app, built from the sources as they are now."""
    line = ["npm", "--prefix", str(ROOT / "pwa"), "--silent", "run", "build", "--", "--outDir", str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=BUILD_S, check=False)
    assert done.returncode == 0, done.stderr
    return folder


class Stage:
    """The worked example without reports: `hub` serves the app, the province's officer invites and confirms."""

    def __init__(self, folder: Path, app: Path) -> None:
        example = make_example(folder, None, "none", int(time.time()), lambda _: None)
        self._home = example.office.home
        self._desk = ThreadPoolExecutor(1)  # the browser's driver has this thread's event loop
        self.hub = HubProcess(example.hub_folder, example.plan.port, app)
        self.hub.start()
        self._ask("sync")

    def serve(self, app: Path) -> None:
        """Stop, and begin again with the app in another folder."""
        self.hub.stop()
        self.hub = HubProcess(self.hub.folder, self.hub.port, app)
        self.hub.start()

    def invite(self, person: str, role: str = "commune-head", unit: str = UNTOUCHED) -> str:
        """The text of an invitation that the hub knows."""
        return str(self._ask("invite", unit, "--role", role, "--person", person)["offer"])

    def confirm(self, *fingerprints: str) -> None:
        """What the officer does after comparing the letters."""
        self._ask("sync")
        self._ask("invite", *(word for each in fingerprints for word in ("--confirm", each)))
        self._ask("sync")

    def _ask(self, *words: str) -> dict[str, Any]:
        """What a command of the officer answers: run in this process, since a new one takes a second to begin."""
        line = [*words, "--home", str(self._home), "--lang", "en", "--json"]
        said = io.StringIO()
        with redirect_stdout(said):
            assert self._desk.submit(main, line).result() == 0, said.getvalue()
        answer: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])
        return answer
