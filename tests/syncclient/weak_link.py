"""A weak link: a real TCP proxy that breaks connections after so many bytes, or answers in the server's place."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class _Listener:
    """Accepts connections in a thread until it is left."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self.run(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for each in (self._listener, *self._sockets):
            each.close()

    def run(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._sockets.append(near)
                self.meet(near)

    def meet(self, near: socket.socket) -> None:
        """Serve a connection."""


class WeakLink(_Listener):
    """Forwards to a port; each connection breaks after `up` bytes to the server or `down` bytes back (None: never)."""

    def __init__(self, port: int, *, up: int | None = None, down: int | None = None) -> None:
        super().__init__()
        self._port, self._up, self._down = port, up, down
        self.bytes_up = self.bytes_down = 0
        """What was forwarded."""

    def meet(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._port))
        self._sockets.append(far)
        self.run(lambda: _forward(near, far, self._up, self._count_up))
        self.run(lambda: _forward(far, near, self._down, self._count_down))

    def _count_up(self, size: int) -> None:
        self.bytes_up += size

    def _count_down(self, size: int) -> None:
        self.bytes_down += size


def _forward(
    source: socket.socket, sink: socket.socket, limit: int | None, counted: Callable[[int], None]
) -> None:
    left = 2**40 if limit is None else limit
    with suppress(OSError):
        while data := source.recv(4096):
            counted(min(left, len(data)))
            sink.sendall(data[:left])
            left -= len(data)
            if left < 0:
                break
        else:
            sink.shutdown(socket.SHUT_WR)
            return
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


class Portal(_Listener):
    """A captive portal: whatever is asked, it answers the same."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    def meet(self, near: socket.socket) -> None:
        near.settimeout(5)
        near.recv(65536)
        near.sendall(self._answer)
        near.shutdown(socket.SHUT_WR)
