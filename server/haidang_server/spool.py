"""Answers that are written whole before they are sent, so that no state of the hub is held while somebody reads slowly."""

import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from anyio.to_thread import run_sync
from litestar.response import Stream
from litestar.types import ASGIApp, Receive, Scope, Send

from haidang_server.access_errors import ExportsOpenError
from haidang_server.errors import StorageFullError

OPEN_MAX: Final = 2
"""Answers of a caller at a time."""
_MEMORY_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024

Spooled = SpooledTemporaryFile[bytes]
"""An answer, to be read piece by piece."""


class Spool:
    """Answers on their way to their callers: in memory, larger ones in files without a name that go when they are closed."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the files."""
        self._folder = folder
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    @contextmanager
    def place(self, caller: str) -> Iterator[None]:
        """One of the answers that a caller may have open.

        Raises:
            ExportsOpenError: it has as many.
        """
        with self._lock:
            if self._open[caller] >= OPEN_MAX:
                raise ExportsOpenError(str(OPEN_MAX))
            self._open[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[caller] -= 1
                if not self._open[caller]:
                    del self._open[caller]

    @contextmanager
    def written(self, pieces: Iterable[bytes], has_room: Callable[[], bool]) -> Iterator[Spooled]:
        """All pieces, ready to be read from the start.

        Raises:
            StorageFullError: the disk has no room for them; nothing is left behind.
        """
        with SpooledTemporaryFile(_MEMORY_BYTES, dir=str(self._folder)) as file:
            for piece in pieces:
                if file.tell() + len(piece) > _MEMORY_BYTES and not has_room():
                    raise StorageFullError
                file.write(piece)
            file.seek(0)
            yield file


async def pieces_of(answer: Spooled, stack: ExitStack) -> AsyncIterator[bytes]:
    """The answer, piece by piece; what the stack holds is given back before the last, so that whoever has the whole answer takes no place any more."""
    piece = await run_sync(answer.read, _PIECE_BYTES)
    while following := await run_sync(answer.read, _PIECE_BYTES):
        yield piece
        piece = following
    stack.close()
    yield piece


class SpooledStream(Stream):
    """An answer being sent; what its stack holds is given back as soon as nobody takes it any more."""

    def __init__(self, answer: Spooled, stack: ExitStack, **options: Any) -> None:
        """Take the answer, what is to be closed behind it, and the options of a stream."""
        super().__init__(pieces_of(answer, stack), **options)
        self._stack = stack

    def to_asgi_response(self, *args: Any, **options: Any) -> ASGIApp:  # type: ignore[override]  # any ASGI app is called alike
        """Send the answer, however that ends."""
        response = super().to_asgi_response(*args, **options)

        async def sent(scope: Scope, receive: Receive, send: Send) -> None:
            with self._stack:
                await response(scope, receive, send)

        return sent
