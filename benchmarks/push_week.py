"""The load process: posts prepared requests to a hub over a few connections, as fast as it answers.

    python benchmarks/push_week.py PORT REQUESTS REPLIES CONNECTIONS

REQUESTS is a MessagePack array of bodies. REPLIES becomes one of [seconds for all, [[seconds, reply], …]].
"""

import socket
import sys
import threading
import time
from pathlib import Path

import msgspec

HEAD = "POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: application/vnd.haidang.sync\r\ncontent-length: "


class Load:
    """Bodies to post, and what came of them."""

    def __init__(self, port: int, bodies: list[bytes]) -> None:
        self.port = port
        self.bodies = bodies
        self.replies: list[tuple[float, bytes]] = [(0.0, b"")] * len(bodies)
        self._places = iter(range(len(bodies)))

    def run(self, connections: int) -> float:
        """Post everything; returns the seconds from the first request to the last reply."""
        threads = [threading.Thread(target=self._post) for _ in range(connections)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began

    def _post(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for place in self._places:
                body = self.bodies[place]
                began = time.perf_counter()
                connection.sendall(f"{HEAD}{len(body)}\r\n\r\n".encode() + body)
                reply = _reply(connection)
                self.replies[place] = (time.perf_counter() - began, reply)


def _reply(connection: socket.socket) -> bytes:
    """The body of the next reply, empty if it is none of success."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += _received(connection)
    return body if head.startswith(b"HTTP/1.1 200") else b""


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionError("the hub hung up")
    return data


def main() -> None:
    """Run one load."""
    port, requests, replies, connections = sys.argv[1:]
    load = Load(int(port), msgspec.msgpack.decode(Path(requests).read_bytes(), type=list[bytes]))
    seconds = load.run(int(connections))
    Path(replies).write_bytes(msgspec.msgpack.encode((seconds, load.replies)))


if __name__ == "__main__":
    main()
