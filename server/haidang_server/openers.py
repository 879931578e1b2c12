"""The openers of a server: who asks and how answers come back in turn."""

import asyncio
import contextlib
import sys
from collections import deque
from typing import Final

import structlog

from haidang_server.errors import BusyError
from haidang_server.opener import LENGTH_BYTES, OpenedGroup, Opener, Question, decode_group, encode

_RESTART_S: Final = 0.2
ASK_S: Final = 60.0
"""Seconds after which whoever asks is told that the server is busy."""
_PIPE_BYTES: Final = 1 << 20

log = structlog.get_logger()


class Openers:
    """Some processes, or none: then groups are opened in place. `start` and `stop` belong to the event loop."""

    def __init__(self, processes: int) -> None:
        self.lines = [_Line() for _ in range(processes)]
        self._here = Opener()
        self._turn = 0

    def start(self) -> None:
        """Begin; a process that ends is started again."""
        for line in self.lines:
            line.start()

    async def stop(self) -> None:
        """End."""
        for line in self.lines:
            await line.stop()

    async def open(self, question: Question) -> OpenedGroup:
        """Open one group.

        Raises:
            BusyError: the opener ended in the middle of it, or there is none for a long while.
        """
        if not self.lines:
            return self._here.open(question)
        self._turn = (self._turn + 1) % len(self.lines)
        return await self.lines[self._turn].ask(question)


class _Line:
    """One process and the questions on their way through it."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[bytes]] = deque()
        self._ready = asyncio.Event()
        self.process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def ask(self, question: Question) -> OpenedGroup:
        try:
            async with asyncio.timeout(ASK_S):
                return decode_group(await self._answer(encode(question)))
        except TimeoutError:
            raise BusyError from None

    async def _answer(self, data: bytes) -> bytes:
        await self._ready.wait()
        if self.process is None or self.process.stdin is None:
            raise BusyError
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self.process.stdin.write(len(data).to_bytes(LENGTH_BYTES) + data)
        return await future

    async def _run(self) -> None:
        """One process after the other. One that cannot be had now, as without memory, is asked for again."""
        while True:
            try:
                await self._serve()
            except OSError as error:
                log.warning("opener", error=str(error))
            await asyncio.sleep(_RESTART_S)

    async def _serve(self) -> None:
        process = self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "haidang_server.opener",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_PIPE_BYTES,
        )  # fmt: skip
        self._ready.set()
        try:
            await self._hand_out(process)
        finally:
            self._end(process)
            # Not `wait`: it waits for ever while what was said is not read.
            await process.communicate()

    async def _hand_out(self, process: asyncio.subprocess.Process) -> None:
        """Give each answer to who waits for it, until the process ends."""
        answers = process.stdout
        if answers is None:
            return
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                length = int.from_bytes(await answers.readexactly(LENGTH_BYTES))
                answer = await answers.readexactly(length)
                future = self._waiting.popleft()
                if not future.done():
                    future.set_result(answer)

    def _end(self, process: asyncio.subprocess.Process) -> None:
        self._ready.clear()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(BusyError())
