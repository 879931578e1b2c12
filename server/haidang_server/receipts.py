"""The hub's signed word for what a request brought (SPEC H2, X4): made once for a request, given again to the same one."""

from collections.abc import Sequence

from haidang_protocol.statements import Receipt, ReceiptEntry, Signed, decode, sign
from haidang_server.hub import Hub
from haidang_server.sqlite_store import Placed


def receipt_for(hub: Hub, digest: bytes, ids: Sequence[bytes]) -> Signed | None:
    """The receipt for a request: the first one if it came before, None if it brought nothing that is stored.

    One that was given when some of the frames were refused does not do for a request that brings them all.

    Args:
        hub: inside a transaction.
        digest: of the request.
        ids: of the sets that it brought and that are held, new or not.
    """
    row = hub.connection.execute(
        "SELECT receipt, signature FROM receipts WHERE request_digest = ?", (digest,)
    ).fetchone()
    if row is not None and _sets_in(row[0]) == len(set(ids)):
        return Signed(*row)
    if not ids:
        return None
    receipt = Receipt(
        server=hub.server,
        epoch=hub.epoch,
        request_digest=digest,
        time=hub.store.received,
        size=hub.log.size,
        root=hub.log.root,
        entries=tuple(entries(hub.placed(ids))),
    )
    signed = sign(receipt, hub.key)
    hub.connection.execute(
        "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?)",
        (digest, hub.log.size, signed.data, signed.signature),
    )
    return signed


def entries(placed: Sequence[Placed]) -> list[ReceiptEntry]:
    """Sets as runs: each entry names the last of sets in line at consecutive sequences with one verdict."""
    found: list[ReceiptEntry] = []
    for place in sorted(placed):
        last = found[-1] if found else None
        if (
            last is not None
            and place.previous == (last.tip,)
            and place.sequence == last.first_sequence + last.sets
            and place.verdict == last.verdict
        ):
            found[-1] = ReceiptEntry(place.id, last.sets + 1, last.first_sequence, last.verdict)
        else:
            found.append(ReceiptEntry(place.id, 1, place.sequence, place.verdict))
    return found


def _sets_in(receipt: bytes) -> int:
    return sum(entry.sets for entry in decode(Receipt, receipt).entries)
