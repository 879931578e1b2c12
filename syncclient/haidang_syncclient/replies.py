"""One reply: read as it arrives, believed once its last message signs all of it, then taken in one transaction (SPEC X5).

A set that is wrong is passed over, noted, and stops nothing. A cursor moves only with a checkpoint and a proof that the log
goes on from the one that is remembered (SPEC X6).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import canonical, merkle
from haidang_protocol.errors import ProofError, ProtocolError, SignatureError
from haidang_protocol.frames import Frame, FrameReader
from haidang_protocol.ledger import combined
from haidang_protocol.messages import (
    Acknowledgement,
    Closing,
    Columns,
    Cursor,
    Heal,
    Message,
    Nonce,
    Outcomes,
    Receipts,
    ScopeState,
    SignedCheckpoint,
    States,
    read_reply_message,
)
from haidang_protocol.statements import (
    Checkpoint,
    KnownRoot,
    Receipt,
    Reply,
    Signed,
    verify,
)
from haidang_protocol.stream import StreamReader, reply_digest
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.bookmark import Bookmark
from haidang_syncclient.errors import BrokenReplyError, CutError, RewrittenHistoryError
from haidang_syncclient.hub_tables import Placed
from haidang_syncclient.intake import Arrival, take
from haidang_syncclient.reasons import of_protocol, within
from haidang_syncclient.replica import Replica
from haidang_syncclient.requests import Request
from haidang_syncclient.words import Both


class Said(msgspec.Struct, kw_only=True):
    """What a verified reply said, message by message."""

    receipt: Signed | None = None
    outcomes: Outcomes | None = None
    frames: list[Frame] = []
    receipts: list[Signed] = []
    cursor: Cursor | None = None
    checkpoint: Signed | None = None
    states: list[ScopeState] | None = None
    nonce: bytes | None = None
    heal: Heal | None = None


class Applied(NamedTuple):
    """What became of a reply.

    `refused` are the pushed sets that the server did not store, with its codes; `withheld` says that nothing was pulled
    because the nonce was stale; `diverged` are the scopes whose state is not the server's although the sets are the same.
    """

    fresh: int
    receipted: int
    refused: dict[bytes, str]
    more: bool
    withheld: bool
    heal: Heal | None
    diverged: list[bytes]


def listen(
    chunks: Iterable[bytes],
    request: Request,
    server: bytes,
    key: Ed25519PublicKey,
    heard: Callable[[int], None],
) -> Said:
    """Read a reply and verify its signature.

    Args:
        chunks: the body as it arrives.
        request: what it answers.
        server: the hub's id.
        key: the hub's key.
        heard: told how many sets have arrived so far.

    Raises:
        BrokenReplyError: this is no reply of that server to that request.
        CutError: it ends too early.
    """
    stream, frames = StreamReader(), FrameReader()
    said, before = Said(), []
    closing: Closing | None = None
    try:
        for chunk in chunks:
            for data in stream.feed(chunk):
                if closing is not None:
                    raise BrokenReplyError(Both("có phần thừa ở cuối", "messages behind the last"))
                message = read_reply_message(data)
                if isinstance(message, Closing):
                    closing = message
                else:
                    before.append(data)
                    _note(said, message, frames)
                    heard(len(said.frames))
        if closing is None or not stream.complete:
            raise CutError(Both("trả lời chưa trọn", "the reply ends too early"))
        statement = Signed(
            canonical.encode(Reply(server, request.digest, reply_digest(before))), closing.signature
        )
        verify(Reply, statement, key)
    except ProtocolError as error:
        raise BrokenReplyError(within(error.code, of_protocol(error))) from error
    return said


def _note(said: Said, message: Message, frames: FrameReader) -> None:
    match message:
        case Acknowledgement():
            said.receipt = Signed(message.receipt, message.signature)
        case Outcomes():
            said.outcomes = message
        case Columns():
            said.frames += frames.read(message)
        case Receipts():
            said.receipts += [Signed(each.receipt, each.signature) for each in message.receipts]
        case Cursor():
            said.cursor = message
        case SignedCheckpoint():
            said.checkpoint = Signed(message.checkpoint, message.signature)
        case States():
            said.states = message.states
        case Nonce():
            said.nonce = message.nonce
        case Heal():
            said.heal = message
        case _:
            pass


def apply(replica: Replica, said: Said, request: Request, key: Ed25519PublicKey) -> Applied:
    """Take a verified reply into the replica, durably.

    Raises:
        BrokenReplyError: a statement in it is not what it should be; nothing was taken.
        RewrittenHistoryError: the log does not go on from what was remembered. The sets are kept, the cursor stands still.
        DiskFullError, ReadOnlyError, StorageError: nothing was taken.
    """
    bookmark = bookmarks.load(replica)
    receipt, moved, checkpoint, broken = None, None, None, None
    try:
        if said.receipt is not None:
            receipt = _receipt(replica, said.receipt, request, key)
        if said.cursor is not None:
            checkpoint, moved = _moved(replica, bookmark, said, key)
    except ProofError as error:
        broken = RewrittenHistoryError(of_protocol(error))
    except ProtocolError as error:
        raise BrokenReplyError(within(error.code, of_protocol(error))) from error
    after = moved or bookmark
    if receipt is not None:
        after = after.seen(KnownRoot(receipt.size, receipt.root))
    with replica.writing():
        fresh, unread = _take_frames(replica, said.frames, None if broken else after.epoch)
        placed = {} if receipt is None else _place(replica, receipt, said.receipt)
        _take_receipts(replica, said.receipts, key)
        if (
            moved is not None
            and checkpoint is not None
            and said.checkpoint is not None
            and said.cursor is not None
        ):
            replica.hub.remember(checkpoint, said.checkpoint)
            replica.hub.set_catching_up({each.scope: each.cursor for each in said.cursor.exceptions})
        after = after.back_to(min(unread)) if unread else after
        bookmarks.keep(replica, msgspec.structs.replace(after, nonce=said.nonce))
    if broken is not None:
        raise broken
    silent = said.cursor is None and said.states is None and said.heal is None
    return Applied(
        fresh=fresh,
        receipted=len(placed),
        refused=_refused(said, request),
        more=bool(unread) or (said.cursor is not None and said.cursor.more),
        withheld=silent or not request.named_nonce,
        heal=said.heal,
        diverged=_diverged(replica, said.states or []),
    )


def _receipt(replica: Replica, signed: Signed, request: Request, key: Ed25519PublicKey) -> Receipt:
    receipt = verify(Receipt, signed, key)
    if receipt.server != replica.deployment.hub or receipt.request_digest != request.digest:
        raise SignatureError("a receipt for another request")
    return receipt


def _moved(
    replica: Replica, bookmark: Bookmark, said: Said, key: Ed25519PublicKey
) -> tuple[Checkpoint, Bookmark]:
    """The checkpoint and the bookmark on it, proven to go on from the one before."""
    cursor = said.cursor
    if cursor is None or said.checkpoint is None:
        raise SignatureError("a cursor without its checkpoint")
    checkpoint = verify(Checkpoint, said.checkpoint, key)
    if checkpoint.server != replica.deployment.hub:
        raise SignatureError("a checkpoint of another server")
    before = merkle.EMPTY_ROOT if bookmark.root is None else bookmark.root
    merkle.verify_consistency(bookmark.size, before, checkpoint.size, checkpoint.root, cursor.proof)
    newest = bookmark.newest
    if (
        newest is not None
        and newest.size >= checkpoint.size
        and newest != KnownRoot(checkpoint.size, checkpoint.root)
    ):
        raise ProofError(f"a log of {checkpoint.size} after one of {newest.size}")
    return checkpoint, msgspec.structs.replace(
        bookmark,
        epoch=cursor.epoch,
        authority_cursor=cursor.authority_cursor,
        changes_cursor=cursor.changes_cursor,
        size=checkpoint.size,
        root=checkpoint.root if checkpoint.size else None,
        newest=None,
    )


def _take_frames(replica: Replica, frames: Sequence[Frame], epoch: int | None) -> tuple[int, frozenset[int]]:
    """Take what is right; how many sets were new, and the sequences that are to be read again.

    A frame that leaves out its header goes on from the one before: behind a damaged one it cannot be right. It is asked for
    again, and the next reply then begins behind the damaged one.
    """
    arrivals = []
    for frame in frames:
        place = frame.place
        if not isinstance(frame.result, ProtocolError):
            stands = None if place is None or epoch is None else Placed(epoch, place.sequence, place.received)
            arrivals.append(Arrival(frame.result, stands))
    taken = take(replica, arrivals)
    wrong = {frame.number: fault for frame in frames if (fault := _fault(frame, taken.refused)) is not None}
    unread = {
        frame.place.sequence
        for before, frame in pairwise(frames)
        if frame.place is not None and frame.restored and frame.number in wrong and before.number in wrong
    }
    for frame in frames:
        sequence = None if frame.place is None else frame.place.sequence
        if frame.number in wrong and sequence not in unread:
            replica.hub.pass_over(sequence, *wrong[frame.number])
    return len(taken.fresh), frozenset(unread)


def _fault(frame: Frame, refused: Collection[bytes]) -> tuple[str, str] | None:
    """(code, detail) of what is wrong with a frame."""
    if isinstance(frame.result, ProtocolError):
        return frame.result.code, str(frame.result)
    return (SignatureError.code, frame.result.id.hex()) if frame.result.id in refused else None


def _place(replica: Replica, receipt: Receipt, signed: Signed | None) -> dict[bytes, Placed]:
    """Note what a receipt of the hub says: received, each set at its place."""
    placed: dict[bytes, Placed] = {}
    for set_id, sequence in named_by(replica, receipt):
        placed[set_id] = Placed(receipt.epoch, sequence, receipt.time)
    replica.hub.place(placed)
    if signed is not None:
        replica.hub.keep_receipt(receipt, signed, placed)
    return placed


def _take_receipts(replica: Replica, receipts: Iterable[Signed], key: Ed25519PublicKey) -> None:
    """Keep receipts that were given to others: they carry the earliest time at the hub, and travel in bundles."""
    for signed in receipts:
        try:
            receipt = verify(Receipt, signed, key)
        except ProtocolError as error:
            replica.hub.pass_over(None, error.code, "a receipt")
            continue
        replica.hub.keep_receipt(receipt, signed, [set_id for set_id, _ in named_by(replica, receipt)])


def named_by(replica: Replica, receipt: Receipt) -> Iterator[tuple[bytes, int]]:
    """(id, sequence) of the held sets that a receipt names: each entry's tip and its predecessors in line."""
    for entry in receipt.entries:
        set_id: bytes | None = entry.tip
        for sequence in range(entry.first_sequence + entry.sets - 1, entry.first_sequence - 1, -1):
            facts = None if set_id is None else replica.ledger.facts(set_id)
            if facts is None:
                break
            yield facts.id, sequence
            set_id = facts.previous[0] if len(facts.previous) == 1 else None


def _refused(said: Said, request: Request) -> dict[bytes, str]:
    refused = [] if said.outcomes is None else said.outcomes.refused
    return {request.frames[each.frame]: each.code for each in refused if each.frame < len(request.frames)}


def _diverged(replica: Replica, states: Iterable[ScopeState]) -> list[bytes]:
    """The scopes whose state differs while sets and authority agree (SPEC X8): a fault, here or there."""
    found = []
    for state in states:
        if state.scope is None:
            scopes = sorted(replica.store.scopes())
            ours = combined({scope: replica.ledger.scope_digests(scope) for scope in scopes})
        else:
            ours = replica.ledger.scope_digests(state.scope)
        same = (ours.accepted, ours.authority) == (state.accepted, state.authority)
        if same and ours.state != state.state:
            found.append(state.scope or b"")
    return found
