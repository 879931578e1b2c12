"""Hubs for tests: made in a folder, run in this process with or without a socket, or in a process of their own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, cast

import httpx2
import uvicorn
from litestar import Litestar

from haidang_protocol.envelope import OpenedSet
from haidang_server.commands.serve import configured
from haidang_server.founding import found_hub
from haidang_server.loading import open_hub
from haidang_server.settings import Settings
from tests.server.caller import Answer, Caller
from tests.server.world import START, World

MEDIA_TYPE = "application/vnd.haidang.sync"


def made_hub(folder: Path, world: World, sets: Sequence[OpenedSet] = ()) -> Path:
    """A new hub with the world's key that holds some sets."""
    found_hub(folder, world.genesis, world.hub_key, START)
    hub = open_hub(folder)
    with hub.transaction(START):
        hub.take(sets)
    hub.connection.close()
    return folder


class Running:
    """A hub that answers on a socket of this process."""

    def __init__(self, settings: Settings) -> None:
        config = configured(settings)
        self.app = cast("Litestar", config.app)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
            self.thread.join(0.005)
        self.port: int = self.server.servers[0].sockets[0].getsockname()[1]
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.server.should_exit = True
        self.thread.join(10)

    def post(self, body: bytes) -> httpx2.Response:
        return self.http.post("/v1/sync", content=body, headers={"content-type": MEDIA_TYPE})

    def sync(self, caller: Caller, sets: Sequence[OpenedSet] = (), **options: Any) -> Answer:
        """One exchange of a caller, its reply read."""
        response = self.post(caller.request(sets, **options))
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == MEDIA_TYPE
        return caller.read(response.content)


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Running]:
    with Running(
        Settings(**{"data": folder, "port": 0, "openers": 0, "disk_reserve_mib": 0, **settings})
    ) as server:
        yield server
