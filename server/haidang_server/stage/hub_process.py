"""A hub as a process: started, stopped, backed up, put back, asked over HTTP."""

import json
import socket
import subprocess
import threading
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any, Final

from haidang_server.settings import child_environment
from haidang_server.stage.errors import CommandFailedError, HubSilentError
from haidang_server.stage.programs import OPERATOR, find_program, run

HOST: Final = "127.0.0.1"
START_S: Final = 30
STOP_S: Final = 30


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether one can listen on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    """Whether somebody listens on a port."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


class HubProcess:
    """A hub in a folder, on a port of its own."""

    def __init__(self, folder: Path, port: int, app: Path | None = None) -> None:
        """Take the data folder, which need not exist yet; the log is written beside it.

        `app` is the folder of the built phone app, if it is not that of the checkout.
        """
        self.folder = folder
        self.port = port
        self._app = {} if app is None else {"HAIDANG_APP": str(app)}
        self._program = find_program(OPERATOR)
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """Where its log is written."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def operate(self, *words: str | Path, allowed: Sequence[int] = (0,)) -> dict[str, Any]:
        """Carry out a command of the operator.

        Raises:
            CommandFailedError: it ended with another exit code.
        """
        return run([self._program, *words, "--json"], child_environment(), allowed).data

    def start(self) -> None:
        """Serve; returns when it listens.

        Raises:
            HubSilentError: it did not begin in time.
        """
        line = [self._program, "serve", "--data", self.folder, "--host", HOST, "--port", str(self.port)]
        self._log = self.log_file.open("a", encoding="utf-8")
        process = subprocess.Popen(
            list(map(str, line)),
            env=child_environment(
                HAIDANG_OPENERS="0", **self._app
            ),  # so few people need no process beside it
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
        )
        self._process = process
        watchdog = threading.Timer(START_S, process.kill)
        watchdog.start()
        first = process.stdout.readline() if process.stdout else ""
        watchdog.cancel()
        if first.strip() != self.url:
            self.stop()
            raise HubSilentError(self.log_file.read_text(encoding="utf-8")[-2000:])

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it after what it began.

        Raises:
            CommandFailedError: it had to be killed.
        """
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise CommandFailedError("haidang-server serve", -9, "it did not stop") from None
            finally:
                if process.stdout:
                    process.stdout.close()
        if self._log is not None:
            self._log.close()
            self._log = None

    def size(self) -> int:
        """How many change sets the hub holds, as it says itself."""
        held: int = self.get("/readyz")["size"]
        return held

    def get(self, path: str, token: str | None = None) -> dict[str, Any]:
        """What the hub answers to a reader with a token, or to anybody.

        Raises:
            CommandFailedError: with the answer's status.
        """
        connection = HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request(
                "GET", path, headers={} if token is None else {"Authorization": f"Bearer {token}"}
            )
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise CommandFailedError(f"GET {path}", answer.status, body.decode(errors="replace"))
        found: dict[str, Any] = json.loads(body)
        return found
