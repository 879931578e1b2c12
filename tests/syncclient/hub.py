"""The real hub for tests of the client: in a thread of this process with a real socket, or in a process of its own."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pysqlite3.dbapi2 as sqlite
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol.bundle import Manifest, write_bundle
from haidang_server.app import create_app
from haidang_server.database import DATABASE_NAME
from haidang_server.founding import found_hub
from haidang_server.loading import load_bundle, open_hub
from haidang_server.settings import Settings, TlsFront
from haidang_syncclient.client import Report, Surroundings, SyncClient
from haidang_syncclient.http_transport import HttpTransport
from haidang_syncclient.replica import Replica
from tests.syncclient.village import GENESIS, HUB_KEY, START, Village, digest


class Clock:
    """The hub's clock."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> int:
        self.seconds += 1
        return self.seconds


class Hub:
    """A hub in a folder, run by a thread; it can be stopped, put back to an old backup, and started again."""

    def __init__(
        self,
        folder: Path,
        village: Village,
        tls: Path | None = None,
        said_tls: Path | None = None,
        front: TlsFront | None = None,
    ) -> None:
        """`tls` is the PEM that it serves with, `said_tls` the one that it believes its callers see; or it asks the `front`."""
        self._tls, self._said_tls, self._front = tls, said_tls or tls, front
        self.folder = folder / "hub"
        self.clock = Clock()
        found_hub(self.folder, GENESIS, Ed25519PrivateKey.from_private_bytes(digest("key", "hub")), START)
        chain = folder / "chain.hdb"
        manifest = Manifest(HUB_KEY.key, (), len(village.sets))
        chain.write_bytes(b"".join(write_bundle(manifest, [(each.id, each.parts) for each in village.sets])))
        hub = open_hub(self.folder)
        load_bundle(hub, chain, START)
        hub.connection.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        settings = Settings(data=self.folder, port=0, tls_certificate=self._said_tls, tls_front=self._front)
        app = create_app(settings, self.clock, os.urandom)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port,
                log_config=None,
                access_log=False,
                lifespan="on",
                ssl_certfile=self._tls,
            )
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            self._thread.join(0.005)
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}" if self._tls is None else f"https://localhost:{self.port}"

    def backup(self, name: str) -> Path:
        """A copy of the folder; the hub does not run meanwhile."""
        self.stop()
        kept = self.folder.with_name(name)
        shutil.copytree(self.folder, kept)
        self.start()
        return kept

    def damage(self, set_id: bytes) -> None:
        """Change a value in a stored set; the hub does not run meanwhile."""
        self.stop()
        connection = sqlite.connect(self.folder / DATABASE_NAME)
        of_set = "WHERE sequence = (SELECT sequence FROM sets WHERE id = ?)"
        (content,) = connection.execute(f"SELECT content FROM parts {of_set}", (set_id,)).fetchone()
        damaged = bytes([*content[:-1], content[-1] ^ 1])
        connection.execute(f"UPDATE parts SET content = ? {of_set}", (damaged, set_id))
        connection.commit()
        connection.close()
        self.start()

    def flip(self, set_id: bytes, column: str, bit: int) -> None:
        """Flip a bit in a part of a stored set while the hub runs; a second time flips it back."""
        connection = sqlite.connect(self.folder / DATABASE_NAME)
        of_set = "WHERE sequence = (SELECT sequence FROM sets WHERE id = ?)"
        (data,) = connection.execute(f"SELECT {column} FROM parts {of_set}", (set_id,)).fetchone()
        place = bit % (8 * len(data))
        damaged = bytearray(data)
        damaged[place // 8] ^= 1 << place % 8
        connection.execute(f"UPDATE parts SET {column} = ? {of_set}", (bytes(damaged), set_id))
        connection.commit()
        connection.close()

    def put_back(self, kept: Path) -> None:
        """Silently back to an old backup."""
        self.stop()
        shutil.rmtree(self.folder)
        shutil.copytree(kept, self.folder)
        self.start()


def sync_over(transport: HttpTransport, replica: Replica) -> Report:
    """One sync over a transport that stays open."""
    world = Surroundings(random=lambda: 0.5, wait=lambda _seconds: True)
    return SyncClient(replica, transport, world).sync()


def sync(
    replica: Replica, url: str, failures_max: int = 0, wait: Callable[[float], bool] = lambda _s: True
) -> Report:
    """One sync that waits for nothing."""
    world = Surroundings(random=lambda: 0.5, wait=wait, failures_max=failures_max)
    with HttpTransport(url) as transport:
        return SyncClient(replica, transport, world).sync()


class HubProcess:
    """The hub as `haidang-server serve` runs it; `kill` is SIGKILL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self) -> str:
        command = [
            sys.executable,
            "-m",
            "haidang_server",
            "serve",
            "--data",
            str(self._folder),
            "--port",
            "0",
        ]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
