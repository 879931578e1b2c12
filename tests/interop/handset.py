"""Phones without a browser: the app's replica, exchange and desk in a Node process, asked line by line (pwa/tests/phone.ts)."""

import json
import subprocess
from pathlib import Path
from typing import Any, Self

PWA = Path(__file__).parents[2] / "pwa"
PROGRAM = PWA / "tests" / "phone.ts"
CONFIG = PWA / "tests" / "node.config.ts"
PIN = "274916"


class Handsets:
    """A running Node process with any number of phones; bundled anew each time, so that what is tested is what is there."""

    def __init__(self, folder: Path) -> None:
        line = [
            "npx",
            "--no-install",
            "vite",
            "build",
            "--config",
            CONFIG,
            "--ssr",
            PROGRAM,
            "--outDir",
            folder,
        ]
        done = subprocess.run([*map(str, line)], cwd=PWA, check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"the phone could not be built; was `npm ci` run in pwa/?\n{done.stderr}"
        (folder / "package.json").write_text('{"type": "module"}')
        self._node = subprocess.Popen(
            ["node", str(folder / "phone.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._node.__exit__(None, None, None)

    def ask(self, phone: str, word: str, *rest: object) -> Any:
        """What a phone answers; a refusal is `{"error": code, …}`."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps([phone, word, *rest]) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        assert line, "the phones ended; their last words stand in the captured output"
        return json.loads(line)


class Handset:
    """One phone with one person on it."""

    def __init__(self, handsets: Handsets, name: str, origin: str) -> None:
        self._handsets, self._name, self.origin = handsets, name, origin
        self.place = 1

    def ask(self, word: str, *rest: object) -> Any:
        """What the phone answers; a refusal too."""
        return self._handsets.ask(self._name, word, *rest)

    def do(self, word: str, *rest: object) -> Any:
        """What the phone answers to what must succeed."""
        answer = self.ask(word, *rest)
        assert not (isinstance(answer, dict) and answer.get("error")), (word, rest, answer)
        return answer

    def start(self, ahead_s: int = 0) -> Any:
        """Open the app."""
        return self.do("start", self.origin, ahead_s)

    def unlock(self, pin: str = PIN) -> None:
        """Sign in."""
        assert self.do("unlock", self.place, pin) == "open"

    def die(self) -> None:
        """The page is killed, opened again, and the person signs in again."""
        self.do("kill", self.origin)
        self.unlock()

    def sync(self) -> Any:
        """Sync to the end."""
        report = self.do("sync")
        assert report["complete"], report
        assert report["diverged"] == []
        return report
