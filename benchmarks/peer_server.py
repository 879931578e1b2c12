"""The peer: pycrdt-websocket on uvicorn, one room (document) a commune, kept by pycrdt-store's SQLiteYStore.

    python benchmarks/peer_server.py DATABASE

Its first line on stdout is the port. Two things are better here than the peer has them by itself, for without them its rooms lock
each other out of their database and the server falls over: write-ahead logging, and more patience.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from socket import socket
from typing import Any

import uvicorn
from pycrdt.store import SQLiteYStore
from pycrdt.store.base import YDocNotFound
from pycrdt.websocket import ASGIServer, WebsocketServer, YRoom

MESSAGE_BYTES_MAX = 2**28
PATIENCE_S = 120


class Store(SQLiteYStore):
    """All rooms in one database."""

    db_path = sys.argv[1]


class Rooms(WebsocketServer):
    """Rooms with a store, read from it when they are first asked for."""

    async def get_room(self, name: str) -> YRoom:
        """The room of a name."""
        if name not in self.rooms:
            self.rooms[name] = room = YRoom(ready=False, ystore=Store(name))
            await self.start_room(room)
            await room.ystore.started.wait()
            with suppress(YDocNotFound):
                await room.ystore.apply_updates(room.ydoc)
            room.ready = True
        return self.rooms[name]


rooms = Rooms(auto_clean_rooms=False)
inner = ASGIServer(rooms)


@asynccontextmanager
async def _running() -> AsyncIterator[None]:
    async with rooms:
        yield


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] == "http":
        return
    await inner(scope, receive, send)


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


async def main() -> None:
    """Serve until told to stop."""
    with closing(sqlite3.connect(Store.db_path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    sqlite3.connect = partial(sqlite3.connect, timeout=PATIENCE_S)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_level="warning", ws_max_size=MESSAGE_BYTES_MAX
    )
    async with _running():
        await _Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main())
