"""The groups of a reply: authority first, then changes in hub order, as far as the caller's budget goes (SPEC X5, X7)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import structlog
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.frames import GROUP_BYTES, FrameWriter, Outgoing
from haidang_protocol.limits import GROUP_FRAMES_MAX, MESSAGE_BYTES_MAX
from haidang_protocol.statements import ScopeCursor
from haidang_server.pull import (
    Lane,
    Plan,
    Stored,
    can_stand,
    chain_mark,
    in_place_of,
    own_known,
    read_places,
    read_stretches,
)
from haidang_server.reply import ReplyWriter

log = structlog.get_logger()

TRAILER_BYTES: Final = 1_500
"""What stands behind the groups, at most: cursor, proof, checkpoint, digests, nonce, signature."""
_INFLATED_MAX: Final = MESSAGE_BYTES_MAX - 512 * 1024
_PACKED_SHARE: Final = 0.7
"""What messages take of their bytes once packed, if they do not pack well."""
_ENOUGH_BYTES: Final = 16 * 1024
"""Of messages that have come out packed, to go by what they took; a little more, out of caution."""
_CAUTION: Final = 1.1
_INSIDE_BYTES: Final = 32 * 1024
"""What DEFLATE may hold back before it writes a block."""


class Delivered(NamedTuple):
    """How far the caller is now; `sets` is how many it was sent, `echoes` how many of its own were left out."""

    authority_cursor: int
    changes_cursor: int
    exceptions: list[ScopeCursor]
    more: bool
    sets: int
    echoes: int


class Delivery:
    """Writes the groups of one plan into a reply that may take `budget` bytes."""

    def __init__(self, plan: Plan, connection: sqlite.Connection, reply: ReplyWriter, budget: int) -> None:
        self._plan = plan
        self._connection = connection
        self._reply = reply
        self._budget = budget
        self._frames = FrameWriter()
        self._sent = 0
        self._echoes = 0

    def run(self) -> Delivered:
        """Write what the caller lacks."""
        plan = self._plan
        if plan.chain is not None:
            return self._run_chain(plan.chain)
        stopped = self._write(self._not_own(plan.authority))
        if stopped is not None:
            exceptions = _late(plan.authority, stopped) + _late(plan.changes, 0)
            cursor = max(plan.authority.cursor, stopped)
            return Delivered(
                cursor, plan.changes.cursor, exceptions, more=True, sets=self._sent, echoes=self._echoes
            )
        stopped = self._write(self._not_own(plan.changes))
        if stopped is None:
            return Delivered(plan.size, plan.size, [], more=False, sets=self._sent, echoes=self._echoes)
        cursor = max(plan.changes.cursor, stopped)
        return Delivered(
            plan.size, cursor, _late(plan.changes, stopped), more=True, sets=self._sent, echoes=self._echoes
        )

    def _run_chain(self, chain: tuple[int, ...]) -> Delivered:
        plan = self._plan
        stopped = self._write(read_places(self._connection, chain))
        mark = ScopeCursor(chain_mark(plan.key), plan.size if stopped is None else stopped)
        more = stopped is not None
        return Delivered(plan.authority.cursor, plan.changes.cursor, [*plan.kept, mark], more, self._sent, 0)

    def _not_own(self, lane: Lane) -> Iterator[Stored]:
        """The sets of a lane without the echoes of what the caller holds itself."""
        start = min((stretch.start for stretch in lane.stretches), default=0)
        known = own_known(self._connection, self._plan.own, start) if lane.stretches else frozenset()
        for stored in read_stretches(self._connection, lane.stretches):
            if stored.key == self._plan.key and stored.outgoing.id in known:
                self._echoes += 1
            else:
                yield stored

    def _write(self, sets: Iterator[Stored]) -> int | None:
        """Write sets as groups until the budget is spent; the sequence of the first one left out, None if there is none.

        One set is written in any case, so that even the smallest budget gets on.
        """
        batch: list[Outgoing] = []
        size = 0
        for stored in map(_sound, sets):
            if self._sent and not batch and self._left() <= 0:
                return stored.sequence
            batch.append(stored.outgoing)
            self._sent += 1
            size += stored.size
            if len(batch) == GROUP_FRAMES_MAX or size >= min(GROUP_BYTES, self._left()):
                self._reply.add(self._frames.group(batch))
                batch, size = [], 0
        if batch:
            self._reply.add(self._frames.group(batch))
        return None

    def _left(self) -> float:
        """How many bytes may still be written, before they are packed: a budget is kept rather than filled to the last."""
        reply = self._reply
        share = _PACKED_SHARE
        before = reply.inflated_bytes - reply.last_bytes
        if before > _ENOUGH_BYTES:
            share = min(share, _CAUTION * reply.packed_bytes / before)
        inside = share * min(reply.last_bytes, _INSIDE_BYTES)
        packed = self._budget - TRAILER_BYTES - reply.packed_bytes - inside
        return min(_INFLATED_MAX - reply.inflated_bytes, packed / share)


def _sound(stored: Stored) -> Stored:
    """A set that can be sent; what cannot is told to the operator, and its reader gets an empty frame for it."""
    if can_stand(stored.outgoing.parts):
        return stored
    log.error("damaged-set", sequence=stored.sequence, set_id=stored.outgoing.id.hex())
    return in_place_of(stored)


def _late(lane: Lane, reached: int) -> list[ScopeCursor]:
    """The scopes of a lane that are still behind its cursor."""
    return [
        ScopeCursor(stretch.scope, max(stretch.start, reached))
        for stretch in lane.stretches
        if max(stretch.start, reached) < lane.cursor
    ]
