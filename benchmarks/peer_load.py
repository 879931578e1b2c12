"""The load process of the peer: pushes prepared messages over WebSockets, a few devices at a time.

    python benchmarks/peer_load.py PORT MESSAGES SECONDS CONNECTIONS

MESSAGES is a MessagePack array of devices; a device is an array of [room, update, barrier]. For each room it opens a
WebSocket, waits for the server's state vector, sends its update, and is done when the server has answered the state vector
sent after it (y-sync itself acknowledges nothing) and sent the update on to everybody in the room: a server that cannot do
that because the caller is gone falls over. SECONDS gets the seconds that all of it took.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import uvloop
from pycrdt import YMessageType, YSyncMessageType
from websockets.asyncio.client import ClientConnection, connect

Visit = tuple[str, bytes, bytes]
MESSAGE_BYTES_MAX = 2**28


async def _answer(socket: ClientConnection, kind: YSyncMessageType) -> bytes:
    """The next sync message of a kind; what other clients cause is passed over."""
    while True:
        message = await socket.recv(decode=False)
        if message[0] == YMessageType.SYNC and message[1] == kind:
            return message


async def visit(port: int, room: str, update: bytes, barrier: bytes) -> bytes:
    """Bring one update to one room; returns what the server says that the caller lacks."""
    address = f"ws://127.0.0.1:{port}/{room}"
    async with connect(address, compression=None, max_size=MESSAGE_BYTES_MAX) as socket:
        await _answer(socket, YSyncMessageType.SYNC_STEP1)
        if update:
            await socket.send(update)
            await _answer(socket, YSyncMessageType.SYNC_UPDATE)
        await socket.send(barrier)
        return await _answer(socket, YSyncMessageType.SYNC_STEP2)


async def run(port: int, devices: list[list[Visit]], connections: int) -> float:
    """Push everything; returns the seconds from the first connection to the last answer."""
    waiting = iter(devices)
    began = time.perf_counter()
    await asyncio.gather(*(_work(port, waiting) for _ in range(connections)))
    return time.perf_counter() - began


async def _work(port: int, waiting: Iterator[list[Visit]]) -> None:
    for device in waiting:
        for room, update, barrier in device:
            await visit(port, room, update, barrier)


def main() -> None:
    """Run one load."""
    port, messages, seconds, connections = sys.argv[1:]
    devices = msgspec.msgpack.decode(Path(messages).read_bytes(), type=list[list[Visit]])
    Path(seconds).write_text(str(uvloop.run(run(int(port), devices, int(connections)))))


if __name__ == "__main__":
    main()
