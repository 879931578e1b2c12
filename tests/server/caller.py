"""A plain caller of the hub: builds requests, checks replies, keeps cursors as a client has to. It merges nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import canonical, merkle, statements
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.frames import Frame, FrameReader, Outgoing, Place, write_groups
from haidang_protocol.messages import (
    Acknowledgement,
    Chain,
    Closing,
    Cursor,
    Group,
    Heal,
    Message,
    Nonce,
    Opening,
    Outcomes,
    Refusal,
    ScopeState,
    ServerTips,
    SignedCheckpoint,
    States,
    read_reply_message,
)
from haidang_protocol.statements import (
    Checkpoint,
    KnownRoot,
    Prelude,
    Receipt,
    Reply,
    ScopeCursor,
    Signed,
    sign,
)
from haidang_protocol.stream import StreamReader, reply_digest, request_digest, write_body
from tests.server.world import Person, World


@dataclass
class Answer:
    """A reply, read and verified."""

    messages: Sequence[Message]
    sets: list[tuple[OpenedSet, Place]] = field(default_factory=list)
    receipt: Receipt | None = None
    outcomes: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    tips: dict[bytes, list[bytes]] = field(default_factory=dict)
    states: list[ScopeState] = field(default_factory=list)
    heal: Heal | None = None
    cursor: Cursor | None = None
    checkpoint: Checkpoint | None = None

    @property
    def ids(self) -> list[bytes]:
        return [opened.id for opened, _ in self.sets]

    @property
    def received(self) -> set[bytes]:
        """The tips of the receipt's entries."""
        return {entry.tip for entry in self.receipt.entries} if self.receipt else set()


@dataclass
class Caller:
    """What one device remembers of the hub."""

    world: World
    person: Person
    nonce: bytes | None = None
    epoch: int = 0
    authority_cursor: int = 0
    changes_cursor: int = 0
    size: int = 0
    root: bytes | None = None
    newest: KnownRoot | None = None
    exceptions: tuple[ScopeCursor, ...] = ()
    got: dict[bytes, OpenedSet] = field(default_factory=dict)
    digest: bytes = b""

    def request(
        self,
        sets: Sequence[OpenedSet] = (),
        chain: Sequence[OpenedSet] = (),
        *,
        tips: tuple[statements.OwnTip, ...] | None = None,
        budget: int = 1_000_000,
        groups: Sequence[Group] = (),
        **other: Any,
    ) -> bytes:
        """The body of a request. Without `tips` it names those that the person had before these sets.

        `groups` go behind them as they are, whatever they hold.
        """
        if tips is None:
            tips = self.person.tips_without(sets)
        messages: list[Message] = []
        if chain:
            (group,) = write_groups(Outgoing(each.id, each.parts) for each in chain)
            messages.append(Chain(*msgspec.structs.astuple(group)))
        messages += write_groups((Outgoing(each.id, each.parts) for each in sets), self.person.id, tips)
        messages += groups
        self.digest = request_digest(canonical.encode(message) for message in messages)
        prelude = Prelude(
            self.world.hub, self.person.id, self.nonce, self.epoch, self.authority_cursor, self.changes_cursor,
            self.size, self.root, self.newest, tips, self.exceptions, budget, self.digest, (),
        )  # fmt: skip
        prelude = msgspec.structs.replace(prelude, **other)
        self.digest = prelude.digest
        return write_body([Opening(*sign(prelude, self.person.key)), *messages])

    def read(self, body: bytes) -> Answer:
        """Verify a reply and go on from it."""
        reader = StreamReader()
        raw = list(reader.feed(body))
        assert reader.complete
        messages = [read_reply_message(each) for each in raw]
        closing = messages[-1]
        assert isinstance(closing, Closing)
        said = Reply(self.world.hub, self.digest, reply_digest(raw[:-1]))
        hub = self.world.hub_key.public_key()
        statements.verify(Reply, Signed(canonical.encode(said), closing.signature), hub)
        answer = Answer(messages)
        frames = FrameReader()
        for message in messages:
            self._note(answer, message, frames, hub)
        return answer

    def _note(self, answer: Answer, message: Message, frames: FrameReader, hub: Ed25519PublicKey) -> None:
        match message:
            case Acknowledgement():
                answer.receipt = statements.verify(Receipt, Signed(message.receipt, message.signature), hub)
                self.newest = KnownRoot(answer.receipt.size, answer.receipt.root)
            case Group():
                self._keep(answer, frames.read(message))
            case Cursor():
                answer.cursor = message
            case SignedCheckpoint():
                self._move(answer, message, hub)
            case Nonce():
                self.nonce = message.nonce
            case _:
                _remark(answer, message)

    def _keep(self, answer: Answer, frames: Iterable[Frame]) -> None:
        for frame in frames:
            assert isinstance(frame.result, OpenedSet), frame.result
            assert frame.place is not None
            answer.sets.append((frame.result, frame.place))
            self.got[frame.result.id] = frame.result

    def _move(self, answer: Answer, message: SignedCheckpoint, hub: Ed25519PublicKey) -> None:
        """The cursor moves only by a proof from the remembered root (X6)."""
        known = statements.verify(Checkpoint, Signed(message.checkpoint, message.signature), hub)
        cursor = answer.cursor
        assert cursor is not None
        merkle.verify_consistency(
            self.size, self.root or merkle.EMPTY_ROOT, known.size, known.root, cursor.proof
        )
        answer.checkpoint = known
        self.epoch, self.size, self.root = known.epoch, known.size, known.root
        self.newest = KnownRoot(known.size, known.root)
        self.authority_cursor, self.changes_cursor = cursor.authority_cursor, cursor.changes_cursor
        self.exceptions = tuple(cursor.exceptions)


def _remark(answer: Answer, message: Message) -> None:
    match message:
        case Outcomes():
            answer.outcomes = {each.set_id: (each.verdict, each.reason) for each in message.outcomes}
            answer.refused = message.refused
        case ServerTips():
            answer.tips = {each.scope: each.tips for each in message.scopes}
        case States():
            answer.states = message.states
        case Heal():
            answer.heal = message
