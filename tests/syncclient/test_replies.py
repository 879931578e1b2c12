"""Replies of a hub that is wrong, lies, or says what no hub should: nothing is believed that is not proven, nothing is lost."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import canonical, merkle
from haidang_protocol.frames import Outgoing, Place, write_groups
from haidang_protocol.ledger import ScopeDigests
from haidang_protocol.messages import (
    Acknowledgement,
    Closing,
    Cursor,
    Heal,
    HeldScope,
    Message,
    Nonce,
    Outcomes,
    Receipts,
    Refusal,
    ScopeState,
    SignedCheckpoint,
    SignedReceipt,
    States,
)
from haidang_protocol.statements import Checkpoint, Receipt, ReceiptEntry, Reply, sign
from haidang_protocol.stream import reply_digest, write_body
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import BrokenReplyError, CutError, RewrittenHistoryError
from haidang_syncclient.healing import PLACE_UNKNOWN, heal_from, needs_probe
from haidang_syncclient.replica import Replica
from haidang_syncclient.replies import Applied, Said, apply, listen
from haidang_syncclient.requests import Request
from haidang_syncclient.views import counts
from tests.syncclient.village import DEPLOYMENT, HUB_KEY, REPORTS_HERE, START, Village, digest

HUB = DEPLOYMENT.hub
KEY = Ed25519PrivateKey.from_private_bytes(digest("key", "hub"))
RECORD = b"\x07" * 16
NONCE = Nonce(digest("nonce")[:16])


def body(request: Request, *messages: Message, key: Ed25519PrivateKey = KEY) -> bytes:
    digests = reply_digest(map(canonical.encode, messages))
    closing = Closing(sign(Reply(HUB, request.digest, digests), key).signature)
    return write_body([*messages, closing])


def request_of(*frames: bytes, named_nonce: bool = True) -> Request:
    return Request(b"", digest("request", *frames), list(frames), named_nonce)


def applied(replica: Replica, request: Request, *messages: Message) -> Applied:
    said = listen([body(request, *messages)], request, HUB, KEY.public_key(), lambda _sets: None)
    return apply(replica, said, request, KEY.public_key())


class Log:
    """A hub's log: leaves, checkpoints and proofs over them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._edge: list[bytes] = []
        self.size = 0

    def grow(self, count: int) -> "Log":
        leaves = [merkle.leaf_hash(digest(self._name, self.size + at)) for at in range(count)]
        nodes, self._edge = merkle.append(self.size, self._edge, leaves)
        self._nodes |= {(node.level, node.place): node.hash for node in nodes}
        self.size += count
        return self

    def read(self, level: int, place: int) -> bytes:
        return self._nodes[level, place]

    def moved(self, since: int, *, more: bool = False) -> list[Message]:
        """The messages that move a caller from a size to the newest."""
        root = merkle.root(self.size, self.read)
        checkpoint = sign(Checkpoint(HUB, 1, self.size, root, START), KEY)
        proof = merkle.consistency_proof(since, self.size, self.read)
        return [Cursor(1, self.size, self.size, [], more, proof), SignedCheckpoint(*checkpoint)]


@pytest.fixture
def phone(village: Village) -> Replica:
    return village.replica("phone")


def test_a_cursor_moves_with_a_checkpoint_and_a_proof(phone: Replica) -> None:
    log = Log("hub").grow(5)
    assert not applied(phone, request_of(), *log.moved(0), NONCE).more
    assert applied(phone, request_of(), *log.grow(7).moved(5, more=True), NONCE).more
    now = bookmarks.load(phone)
    assert (now.size, now.changes_cursor, now.nonce) == (12, 12, NONCE.nonce)
    assert [known.size for known in phone.hub.checkpoints()] == [5, 12]


def test_a_log_that_does_not_go_on_is_evidence_and_moves_nothing(village: Village, phone: Replica) -> None:
    applied(phone, request_of(), *Log("hub").grow(5).moved(0), NONCE)
    writer = village.replica("writer")
    FormSession(writer, REPORTS_HERE, RECORD).put("so_ho", 1).save()
    sets = [*village.sets[-1:], *writer.seal()]
    outgoing = [Outgoing(each.id, each.parts, Place(at + 5, START, 0)) for at, each in enumerate(sets)]
    before = bookmarks.load(phone)
    with pytest.raises(RewrittenHistoryError):
        applied(phone, request_of(), *write_groups(outgoing), *Log("other").grow(9).moved(5), NONCE)
    assert phone.ledger.held(sets[-1].id) is not None
    assert phone.hub.placed([sets[-1].id]) == {}
    assert not bookmarks.load(phone).moved_from(before)


def test_a_checkpoint_older_than_what_was_seen_is_evidence_too(phone: Replica) -> None:
    log = Log("hub").grow(3)
    request = request_of()
    receipt = Receipt(HUB, 1, request.digest, START, 9, digest("later root"), ())
    applied(phone, request, Acknowledgement(*sign(receipt, KEY)), NONCE)
    assert bookmarks.load(phone).newest_size == 9
    with pytest.raises(RewrittenHistoryError):
        applied(phone, request_of(b"next"), *log.moved(0), NONCE)


STRANGER = Ed25519PrivateKey.from_private_bytes(digest("key", "stranger"))


def test_only_the_hubs_own_signature_is_believed(phone: Replica) -> None:
    request = request_of()
    with pytest.raises(BrokenReplyError):
        listen([body(request, NONCE, key=STRANGER)], request, HUB, KEY.public_key(), lambda _sets: None)
    with pytest.raises(BrokenReplyError):
        listen([body(request, NONCE)], request_of(b"another"), HUB, KEY.public_key(), lambda _sets: None)


def test_every_byte_of_a_reply_counts(phone: Replica) -> None:
    request = request_of()
    whole = body(request, *Log("hub").grow(4).moved(0), NONCE)
    right = heard(whole, request)
    for at in range(len(whole)):
        # A padding bit of DEFLATE means nothing; whatever means something is noticed.
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        assert heard(bytes(damaged), request) in (None, right)
        assert heard(whole[:at], request) is None
    assert heard(whole[:9], request, whole[9:]) == right


def heard(whole: bytes, request: Request, *more: bytes) -> Said | None:
    try:
        return listen([whole, *more], request, HUB, KEY.public_key(), lambda _sets: None)
    except (BrokenReplyError, CutError):
        return None


def test_statements_inside_a_reply_are_checked_for_themselves(phone: Replica) -> None:
    request = request_of()
    receipt = Receipt(HUB, 1, request.digest, START, 1, digest("root"), ())
    cursor, checkpoint = Log("hub").grow(4).moved(0)
    other = Checkpoint(digest("other")[:16], 1, 4, digest("root"), START)
    wrong: list[list[Message]] = [
        [Acknowledgement(*sign(receipt, STRANGER))],
        [Acknowledgement(*sign(msgspec.structs.replace(receipt, request_digest=digest("x")), KEY))],
        [cursor],
        [cursor, SignedCheckpoint(*sign(other, KEY))],
        [cursor, SignedCheckpoint(b"", bytes(64))],
    ]
    for messages in wrong:
        with pytest.raises(BrokenReplyError):
            applied(phone, request, *messages, NONCE)
    assert isinstance(checkpoint, SignedCheckpoint)
    assert bookmarks.load(phone).size == 0


def test_a_receipt_names_sets_in_line_by_their_tip(phone: Replica) -> None:
    for number in range(5):
        FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", number).save()
        phone.seal()
    ids = [held.facts.id for held in phone.store.in_scope(REPORTS_HERE)]
    request = request_of(*ids)
    receipt = Receipt(
        HUB, 3, request.digest, START + 7, 30, digest("root"), (ReceiptEntry(ids[3], 3, 10, 0),)
    )
    assert applied(phone, request, Acknowledgement(*sign(receipt, KEY)), NONCE).receipted == 3
    placed = phone.hub.placed(ids)
    assert [placed[set_id].sequence for set_id in ids[1:4]] == [10, 11, 12]
    assert set(placed) == set(ids[1:4])
    assert (counts(phone).received, counts(phone).saved) == (3, 2)
    assert phone.hub.receipts(ids[1:2]) == phone.hub.receipts()


def test_receipts_of_others_are_labels_and_wrong_ones_are_noted(phone: Replica) -> None:
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).save()
    (own,) = phone.seal()
    receipt = Receipt(
        HUB, 1, digest("theirs"), START + 5, 2, digest("root"), (ReceiptEntry(own.id, 1, 0, 0),)
    )
    good, bad = sign(receipt, KEY), sign(receipt, STRANGER)
    applied(phone, request_of(), Receipts([SignedReceipt(*bad), SignedReceipt(*good)]), NONCE)
    assert len(phone.hub.receipts()) == 1
    assert [code for _, code, _ in phone.hub.passed_over()] == ["bad-signature"]
    assert [set_id for set_id, _ in phone.hub.unsent(9)][-1] == own.id


def test_refused_frames_are_told_by_their_sets(phone: Replica) -> None:
    request = request_of(b"a" * 32, b"b" * 32)
    told = applied(phone, request, Outcomes([], [Refusal(1, "quota"), Refusal(9, "resend")]), NONCE)
    assert told.refused == {b"b" * 32: "quota"}


def test_states_are_compared_only_when_sets_and_authority_agree(phone: Replica) -> None:
    ours = phone.ledger.scope_digests(REPORTS_HERE)
    for state, diverged in (
        (ours, []),
        (ScopeDigests(digest("more sets"), ours.authority, bytes(32)), []),
        (ScopeDigests(ours.accepted, digest("other"), bytes(32)), []),
        (ScopeDigests(ours.accepted, ours.authority, bytes(32)), [REPORTS_HERE]),
    ):
        told = States([ScopeState(REPORTS_HERE, *msgspec.structs.astuple(state))])
        assert applied(phone, request_of(), told, NONCE).diverged == diverged


def test_a_reply_that_says_nothing_of_the_pull_withheld_it(phone: Replica) -> None:
    assert applied(phone, request_of(), NONCE).withheld
    assert not applied(phone, request_of(), States([]), NONCE).withheld
    assert applied(phone, request_of(named_nonce=False), States([]), NONCE).withheld


def test_healing_goes_back_only_to_what_is_remembered(village: Village, phone: Replica) -> None:
    """X9: what the hub does not acknowledge is offered again, what it holds is not, and the cursor goes back."""
    log = Log("hub").grow(4)
    applied(phone, request_of(), *log.moved(0), NONCE)
    old = bookmarks.load(phone)
    for number in range(4):
        FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", number).save()
        phone.seal()
    ids = [held.facts.id for held in phone.store.in_scope(REPORTS_HERE)]
    request = request_of(*ids)
    receipt = Receipt(HUB, 1, request.digest, START, 8, digest("root"), (ReceiptEntry(ids[3], 4, 2, 0),))
    applied(phone, request, Acknowledgement(*sign(receipt, KEY)), *log.grow(4).moved(4), NONCE)
    assert counts(phone).received == 4
    heal = Heal(2, old.size, old.root, [HeldScope(REPORTS_HERE, [ids[2]], [])])
    assert needs_probe(phone, heal)
    assert heal_from(phone, heal) == 1
    now = bookmarks.load(phone)
    assert (now.size, now.root, now.changes_cursor, now.epoch) == (4, old.root, 4, 2)
    assert ids[3] in {set_id for set_id, _ in phone.hub.unsent(99)}
    assert phone.hub.placed(ids[2:3])[ids[2]].sequence == PLACE_UNKNOWN
    assert [phone.hub.placed([set_id])[set_id].sequence for set_id in ids[:2]] == [2, 3]
    assert (counts(phone).received, counts(phone).saved) == (3, 1)
    unknown = msgspec.structs.replace(heal, size=3, root=digest("never seen"), scopes=[])
    assert heal_from(phone, unknown) == 3
    assert bookmarks.load(phone).size == 0
    assert counts(phone).received == 0


def test_the_hub_of_the_tests_is_the_hub_of_the_deployment() -> None:
    assert HUB_KEY.key == HUB
