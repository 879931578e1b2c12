"""The load process: posts prepared requests to a hub over a few connections, as fast as it answers.

    python benchmarks/push_week.py PORT REQUESTS REPLIES CONNECTIONS

REQUESTS is a MessagePack array of bodies. REPLIES becomes one of [seconds for all, [[seconds, reply], …]].
"""

import http.client
import sys
import threading
import time
from pathlib import Path

import msgspec

HEADERS = {"content-type": "application/vnd.haidang.sync"}


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
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        for place in self._places:
            began = time.perf_counter()
            connection.request("POST", "/v1/sync", self.bodies[place], HEADERS)
            response = connection.getresponse()
            reply = response.read()
            self.replies[place] = (time.perf_counter() - began, reply if response.status == 200 else b"")
        connection.close()


def main() -> None:
    """Run one load."""
    port, requests, replies, connections = sys.argv[1:]
    load = Load(int(port), msgspec.msgpack.decode(Path(requests).read_bytes(), type=list[bytes]))
    seconds = load.run(int(connections))
    Path(replies).write_bytes(msgspec.msgpack.encode((seconds, load.replies)))


if __name__ == "__main__":
    main()
