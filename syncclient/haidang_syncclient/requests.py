"""One request: the prelude, the certificates if need be, and sets that the hub has not receipted (SPEC X2, X3)."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import msgspec

from haidang_protocol import canonical
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import read
from haidang_protocol.frames import FrameWriter, Outgoing, write_groups
from haidang_protocol.limits import GROUP_FRAMES_MAX, OWN_TIPS_MAX, RECEIPTS_MAX
from haidang_protocol.messages import Chain, Message, Opening, Receipts, SignedReceipt
from haidang_protocol.operations import CERTIFY
from haidang_protocol.statements import DOMAINS, OwnTip, Prelude, ScopeCursor
from haidang_protocol.stream import request_digest, write_body
from haidang_syncclient.bookmark import Bookmark
from haidang_syncclient.own_logs import tips_of
from haidang_syncclient.replica import Replica

SETS_MAX: Final = 4_096
"""Sets in one request, whatever their size."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the next request shall be like.

    `push_bytes` and `pull_bytes` bound what goes up (as stored) and down (as packed); `whole` are sets to be sent with
    their whole headers, `held_back` those that the server does not take now; `chain` asks for the certificates, `probe` for
    nothing but where a server that lost some of its log can go on.
    """

    push_bytes: int
    pull_bytes: int
    whole: frozenset[bytes] = frozenset()
    held_back: frozenset[bytes] = frozenset()
    chain: bool = False
    probe: bool = False


class Request(NamedTuple):
    """A request as it goes out; `frames` are the ids of its sets by frame number."""

    body: bytes
    digest: bytes
    frames: list[bytes]
    named_nonce: bool


def build(replica: Replica, bookmark: Bookmark, wishes: Wishes) -> Request:
    """Make the next request.

    Raises:
        NoKeyError: the replica was opened without its key.
    """
    signer = replica.the_signer()
    tips = own_tips(replica)
    chain = [] if wishes.probe else certificate_chain(replica, all_of_it=wishes.chain)
    ids = [] if wishes.probe else _to_push(replica, wishes, set(chain))
    whole = [set_id for set_id in ids if set_id in wishes.whole]
    rest = [set_id for set_id in ids if set_id not in wishes.whole]
    messages: list[Message] = [*_chain(replica, chain), *_whole(replica, whole)]
    messages += write_groups(_outgoing(replica, rest), replica.key, tips)
    if wishes.probe:
        known = [SignedReceipt(*signed) for signed in replica.hub.receipts()[-RECEIPTS_MAX:]]
        messages += [Receipts(known)] if known else []
    digest = request_digest(map(canonical.encode, messages))
    prelude = canonical.encode(_prelude(replica, bookmark, wishes, tips, digest))
    opening = Opening(prelude, signer.sign(DOMAINS[Prelude] + prelude))
    body = write_body([opening, *messages])
    return Request(body, digest, chain + whole + rest, bookmark.nonce is not None)


def _prelude(
    replica: Replica, bookmark: Bookmark, wishes: Wishes, tips: Sequence[OwnTip], digest: bytes
) -> Prelude:
    cursors = replica.hub.catching_up()
    whole = Prelude(
        server=replica.deployment.hub,
        key=replica.key,
        nonce=bookmark.nonce,
        epoch=bookmark.epoch,
        authority_cursor=bookmark.authority_cursor,
        changes_cursor=bookmark.changes_cursor,
        size=bookmark.size,
        root=bookmark.root,
        newest=bookmark.newest,
        tips=tuple(tips),
        exceptions=tuple(ScopeCursor(scope, cursor) for scope, cursor in cursors.items()),
        budget=wishes.pull_bytes,
        digest=digest,
        checkpoints=(),
    )
    if not wishes.probe:
        return whole
    # Asking for the newest reproducible state says nothing of the one that is not: X9.
    return msgspec.structs.replace(
        whole, size=0, root=None, newest=None, budget=0, checkpoints=tuple(replica.hub.checkpoints())
    )


def own_tips(replica: Replica) -> list[OwnTip]:
    """The tips of the own logs as far as the hub has acknowledged them (SPEC X7), or as many as may be named."""
    found = []
    for scope in replica.device.scopes_of(replica.key):
        sets = {held.facts.id: held for held in replica.store.in_scope(scope, {replica.key})}
        placed = replica.hub.placed(sets)
        for tip in tips_of(sets[set_id] for set_id in placed):
            facts = sets[tip].facts
            found.append(OwnTip(scope, facts.incarnation, facts.position, tip))
    return found[:OWN_TIPS_MAX]


def _to_push(replica: Replica, wishes: Wishes, chain: Collection[bytes]) -> list[bytes]:
    """Unsent sets as far as the wish goes, at least one; authority first, predecessors before what follows them."""
    found: list[bytes] = []
    left = wishes.push_bytes
    skipped = wishes.held_back | set(chain)
    for set_id, size in replica.hub.unsent(SETS_MAX + len(skipped)):
        if set_id in skipped:
            continue
        if found and (left < size or len(found) == SETS_MAX):
            break
        found.append(set_id)
        left -= size
    return found


def _outgoing(replica: Replica, ids: Sequence[bytes]) -> list[Outgoing]:
    return [Outgoing(set_id, parts) for set_id, parts in replica.store.parts(ids).items()]


def _whole(replica: Replica, ids: Sequence[bytes]) -> list[Message]:
    """Groups of one set each, so that no header leaves anything out."""
    return [FrameWriter().group([outgoing]) for outgoing in _outgoing(replica, ids)]


def _chain(replica: Replica, ids: Sequence[bytes]) -> list[Message]:
    if not ids:
        return []
    group = FrameWriter().group(_outgoing(replica, ids))
    return [Chain(group.signatures, group.structures, group.heads, group.values, group.places)]


def certificate_chain(replica: Replica, *, all_of_it: bool) -> list[bytes]:
    """The ids of the sets that certify the own key, the root's first; without `all_of_it` those that the hub may not know."""
    sets = {item.facts.id: item for item in replica.ledger.authority_sets()}
    certifying: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for item in sets.values():
        for entry in item.entries:
            found = read(entry, CERTIFY)
            if isinstance(found, Certificate):
                certifying.setdefault(found.key, []).append((found.id, item.facts.id))
    chain: dict[bytes, None] = {}
    todo = [set_id for _, set_id in certifying.get(replica.key, ())]
    while todo:
        set_id = todo.pop()
        if set_id not in chain:
            chain[set_id] = None
            facts = sets[set_id].facts
            todo += [
                above for certificate, above in certifying.get(facts.key, ()) if certificate == facts.acting
            ]
    known = {} if all_of_it else replica.hub.placed(chain)
    return replica.device.as_stored([set_id for set_id in chain if set_id not in known])[:GROUP_FRAMES_MAX]
