"""One exchange: the request's messages as they arrive, what is stored of them, the reply (SPEC X).

It knows no HTTP and no SQL. Groups are opened by the openers, stored by the writer; the last group is held
back until it is known to be the last, so that its sets and the receipt share one transaction.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Final, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import statements
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import KeyRefusedError, LimitError, ProtocolError, SignatureError
from haidang_protocol.limits import MESSAGE_BYTES_MAX, UNPROVEN_MESSAGE_BYTES_MAX
from haidang_protocol.messages import (
    Acknowledgement,
    Cursor,
    Nonce,
    Opening,
    Outcomes,
    Refusal,
    ServerTips,
    SignedCheckpoint,
    States,
    read_request_message,
)
from haidang_protocol.statements import Prelude, Signed
from haidang_protocol.stream import StreamReader, framed
from haidang_server.carriers import Carrier, carrier_of
from haidang_server.conclusion import Conclusion, conclude
from haidang_server.delivery import Delivery
from haidang_server.door import QUOTA, Admitted, Door, KeyRing, Keys
from haidang_server.earlier import is_receipts, keep, own_receipts
from haidang_server.errors import (
    DigestMismatchError,
    KeyUnknownError,
    RequestMalformedError,
    SignatureWrongError,
    TooLargeError,
    WrongServerError,
)
from haidang_server.heal import HeldScopes
from haidang_server.nonces import Nonces
from haidang_server.openers import Openers
from haidang_server.quota import Quota
from haidang_server.reply import ReplyWriter
from haidang_server.system_clock import Clock
from haidang_server.telemetry import Metrics
from haidang_server.writer import Writer

T = TypeVar("T")

BARREN_GROUPS: Final = 64
BARREN_WAIT_S: Final = 0.1
"""After so many groups in a row of which nothing was taken, each of the next waits so long (seconds)."""
ECHOES_MAX: Final = 32
"""Own echoes left out before the cursor is moved past them, which costs the caller about 600 bytes."""


class Hall(msgspec.Struct, frozen=True, kw_only=True):
    """What all exchanges of one server share."""

    server: bytes
    key: Ed25519PrivateKey
    writer: Writer
    ring: KeyRing
    nonces: Nonces
    quota: Quota
    openers: Openers
    pool: ThreadPoolExecutor
    reading: Callable[[], AbstractContextManager[sqlite.Connection]]
    held: HeldScopes
    clock: Clock
    metrics: Metrics


class Exchange:
    """One request and its reply: `feed` it what arrives, then `finish`, or `abandon` it when the caller is gone."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._stream = StreamReader()
        self._stream.message_max = UNPROVEN_MESSAGE_BYTES_MAX
        self._hasher = sha256(b"haidang/request/1\x00")
        self._prelude: Prelude | None = None
        self._opening: Signed | None = None
        self.proven = False
        """Whether the caller proved to hold its key; until then only small messages are read."""
        self.when_proven: Callable[[], None] = lambda: None
        """Called at that moment."""
        self._receipts_came = False
        self._carrier: Carrier | None = None
        self._barren = 0
        self._keys = Keys(hall.ring)
        self._door: Door | None = None
        self._held: list[OpenedSet] = []
        self._ids: list[bytes] = []
        self._refusals: list[Refusal] = []
        self._stored: list[asyncio.Future[None]] = []

    async def feed(self, chunk: bytes) -> None:
        """The next bytes of the request.

        Raises:
            ServerError: this is no request of the protocol, or none that can be answered; what was stored stays.
        """
        try:
            for message in self._stream.feed(chunk):
                await self._take(message)
        except LimitError as error:
            if self._prelude is not None:
                # A caller whose key is unknown is asked for its certificates first, whatever it has to bring.
                self._prove(self._prelude)
            raise TooLargeError(error) from None
        except ProtocolError as error:
            raise RequestMalformedError(error) from None

    async def finish(self) -> bytes:
        """The reply to a request that came to its end.

        Raises:
            ServerError: as `feed`; nothing was acknowledged.
        """
        prelude = self._prelude
        if prelude is None or not self._stream.complete:
            raise RequestMalformedError("the request ends too early")
        self._prove(prelude)
        if self._hasher.digest() != prelude.digest:
            await self.abandon()
            raise DigestMismatchError
        await asyncio.gather(*self._stored)
        now = self._hall.clock()
        pulls = self._hall.nonces.spend(prelude.key, prelude.nonce)
        ids = list(dict.fromkeys(self._ids))
        said = await self._hall.writer.submit(
            self._held, lambda hub, _: conclude(hub, prelude, ids, now, pulls=pulls)
        )
        self._held = []
        delivers = said.plan is not None and not said.plan.empty and prelude.budget
        if not delivers and said.loss is None:
            return self._reply(prelude, said, None)
        return await self._in_pool(lambda: self._reply_by_reading(prelude, said))

    async def abandon(self) -> None:
        """The request ends here: its whole groups are kept all the same (SPEC X4)."""
        if self.proven and self._held:
            self._store(self._held)
            self._held = []
        await asyncio.gather(*self._stored, return_exceptions=True)

    # ----------------------------------------------------------------------------------------------- the request

    async def _take(self, data: bytes) -> None:
        if self._prelude is None or self._door is None:
            self._open(data)
            return
        self._hasher.update(framed(data))
        if self._receipts_came:
            raise RequestMalformedError("receipts come once, and last")
        if is_receipts(data):
            self._receipts_came = True
            self._prove(self._prelude)
            await self._take_back(self._prelude, data)
            return
        admitted = await self._door.admit(data)
        self._prove(self._prelude)
        if not await self._charge(self._prelude, len(data)):
            admitted = admitted.refused(QUOTA)
        await self._slow_down(admitted)
        self._refusals += admitted.refusals
        for refusal in admitted.refusals:
            self._hall.metrics.refusals.labels(refusal.code).inc()
        if self._held:
            self._store(self._held)
        self._held = admitted.sets
        self._ids += [opened.id for opened in admitted.sets]

    async def _take_back(self, prelude: Prelude, data: bytes) -> None:
        """Receipts of an earlier epoch serve labels only: from who brought too much already they are not looked at."""
        if await self._charge(prelude, len(data)):
            hall = self._hall
            receipts = await self._in_pool(lambda: own_receipts(data, hall.server, hall.key.public_key()))
            await hall.writer.ask(lambda hub: keep(hub, receipts))

    def _open(self, data: bytes) -> None:
        message = read_request_message(data)
        if not isinstance(message, Opening):
            raise RequestMalformedError("a request begins with its prelude")
        self._opening = Signed(message.prelude, message.signature)
        prelude = self._prelude = statements.decode(Prelude, message.prelude)
        if prelude.server != self._hall.server:
            raise WrongServerError
        self._door = Door(self._keys, self._hall.openers, prelude.key, prelude.tips)
        raw = self._keys.find(prelude.key)
        if raw is not None:
            self._door.tell(raw)
            self._prove(prelude)

    def _prove(self, prelude: Prelude) -> None:
        """Check the prelude's signature as soon as its key is known: by then the certificates have been read."""
        if self.proven or self._opening is None:
            return
        try:
            key = self._keys.find(prelude.key)
            if key is None:
                raise KeyUnknownError
            statements.verify(Prelude, self._opening, Ed25519PublicKey.from_public_bytes(key))
        except (SignatureError, KeyRefusedError):
            raise SignatureWrongError from None
        self.proven = True
        self._stream.message_max = MESSAGE_BYTES_MAX
        self.when_proven()

    async def _charge(self, prelude: Prelude, size: int) -> bool:
        """Whether the caller may bring so many bytes more; one in good standing may, and waits if they are many."""
        if self._carrier is None:
            now, brought = self._hall.clock(), self._keys.certifiers
            self._carrier = await self._hall.writer.ask(
                lambda hub: carrier_of(hub, prelude.key, brought, now)
            )
        if not self._carrier.good:
            return self._hall.quota.within(self._carrier.account, size)
        wait = self._hall.quota.wait(self._carrier.account, size)
        if wait:
            await asyncio.sleep(wait)
        return True

    async def _slow_down(self, admitted: Admitted) -> None:
        """Let who goes on and on bringing nothing wait: its groups cost work all the same."""
        self._barren = 0 if admitted.sets else self._barren + 1
        if self._barren > BARREN_GROUPS:
            await asyncio.sleep(BARREN_WAIT_S)

    def _store(self, sets: Sequence[OpenedSet]) -> None:
        self._stored.append(self._hall.writer.submit(sets, lambda _hub, _committed: None))

    async def _in_pool(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hall.pool, work)

    # ------------------------------------------------------------------------------------------------- the reply

    def _reply_by_reading(self, prelude: Prelude, said: Conclusion) -> bytes:
        with self._hall.reading() as connection:
            return self._reply(prelude, said, connection)

    def _reply(self, prelude: Prelude, said: Conclusion, connection: sqlite.Connection | None) -> bytes:
        reply = ReplyWriter()
        if said.receipt is not None:
            reply.add(Acknowledgement(*said.receipt))
        if said.outcomes or self._refusals:
            reply.add(Outcomes(said.outcomes, self._refusals))
        if said.tips:
            reply.add(ServerTips(said.tips))
        level = said.plan is not None and said.plan.empty
        if said.plan is not None and connection is not None:
            level = self._deliver(
                prelude, said, reply, Delivery(said.plan, connection, reply, prelude.budget)
            )
        if level:
            reply.add(States(said.states))
        reply.add(Nonce(self._hall.nonces.give(prelude.key)))
        if said.loss is not None and connection is not None:
            reply.add(self._hall.held.heal(said.loss, connection))
        return reply.close(self._hall.server, prelude.digest, self._hall.key)

    def _deliver(self, prelude: Prelude, said: Conclusion, reply: ReplyWriter, delivery: Delivery) -> bool:
        """Write groups and, if the caller gets on by them, the new cursor; whether it has everything then."""
        done = delivery.run()
        self._hall.metrics.sent.inc(done.sets)
        late = done.exceptions != list(prelude.exceptions)
        if said.checkpoint is not None and (done.sets or done.more or late or done.echoes >= ECHOES_MAX):
            reply.add(
                Cursor(
                    said.epoch,
                    done.authority_cursor,
                    done.changes_cursor,
                    done.exceptions,
                    done.more,
                    said.proof,
                )
            )
            reply.add(SignedCheckpoint(*said.checkpoint))
        return not done.more
