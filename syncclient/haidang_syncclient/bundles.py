"""Bundles: what a replica holds as a file, for USB sticks and share sheets, and back (SPEC K1).

Whoever exports has let its sets be carried; whoever imports gives back, with the next bundle, what it holds and the hub's
receipts, so that the sender learns what arrived.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from haidang_protocol import bundle
from haidang_protocol.bundle import BundledReceipt, BundleReader, Damage, Manifest
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.logs import ancestors
from haidang_protocol.messages import ScopeTips
from haidang_protocol.reconcile import in_order, to_offer
from haidang_protocol.statements import Receipt, verify
from haidang_syncclient.errors import BadBundleError
from haidang_syncclient.files import write_pieces_over
from haidang_syncclient.greeting import server_key
from haidang_syncclient.healing import speaks_below
from haidang_syncclient.intake import Arrival, take
from haidang_syncclient.own_logs import tips_of
from haidang_syncclient.reasons import of_damage, of_system, within
from haidang_syncclient.replica import Replica
from haidang_syncclient.replies import named_by
from haidang_syncclient.words import Both

CHUNK: Final = 64 * 1024
_SETS_AT_ONCE: Final = 500

Progress = Callable[[int, int | None], None]
"""(bytes so far, bytes in all if known)."""


class Exported(NamedTuple):
    """What a bundle holds."""

    sets: int
    receipts: int
    size: int


class Imported(NamedTuple):
    """What came out of a bundle: sets new here, held before, set aside; receipts; and what of it was damaged."""

    fresh: int
    known: int
    aside: int
    receipts: int
    exporter: bytes | None
    damages: list[Damage]


def export_bundle(
    replica: Replica, file: Path, scopes: Iterable[bytes] | None = None, known: Manifest | None = None
) -> Exported:
    """Seal what is saved and write what is held into a file; its own sets count as carried from then on.

    Args:
        replica: open with its key, unless nothing is waiting to be sealed.
        file: written whole or not at all.
        scopes: which reports; all if left out. The authority behind them always goes along.
        known: the manifest of a bundle from whoever will read it: what they hold is left out.

    Raises:
        ReadOnlyError, DiskFullError, StorageError: nothing was written.
        NoKeyError: something waits to be sealed and the key is not there.
    """
    replica.seal()
    chosen = _with_authority(replica, replica.store.scopes() if scopes is None else set(scopes))
    ids = [set_id for scope in chosen for set_id in _lacking(replica, scope, known)]
    receipts = replica.hub.receipts()
    manifest = Manifest(
        replica.key,
        tuple(ScopeTips(scope, tips_of(replica.store.in_scope(scope))) for scope in chosen),
        len(ids),
    )
    parts = ((set_id, found) for start in range(0, len(ids), _SETS_AT_ONCE)
             for set_id, found in replica.store.parts(ids[start : start + _SETS_AT_ONCE]).items())  # fmt: skip
    write_pieces_over(file, bundle.write_bundle(manifest, parts, receipts))
    with replica.writing():
        replica.device.mark_carried(ids, replica.clock())
    return Exported(len(ids), len(receipts), file.stat().st_size)


def _with_authority(replica: Replica, scopes: Iterable[bytes]) -> list[bytes]:
    """The scopes in the order of a bundle: all held authority first, since every verdict needs it."""
    held = replica.store.scopes()
    authority = {scope for scope in held if scope_kind(scope) == AUTHORITY}
    return sorted(authority) + sorted((held & set(scopes)) - authority)


def _lacking(replica: Replica, scope: bytes, known: Manifest | None) -> list[bytes]:
    """The sets of a scope that whoever named these tips lacks, in an order in which they can be taken."""
    held = [each.facts for each in replica.store.in_scope(scope)]
    theirs = [
        set_id for each in (known.scopes if known else ()) if each.scope == scope for set_id in each.tips
    ]
    offered = {facts.id for facts in to_offer(held, theirs)}
    if scope_kind(scope) == AUTHORITY:
        return [facts.id for facts in held if facts.id in offered]
    return [facts.id for facts in sorted(held, key=in_order) if facts.id in offered]


def import_bundle(replica: Replica, file: Path, progress: Progress = lambda _done, _total: None) -> Imported:
    """Take everything of a file that can be read. What is damaged is named and stops nothing else.

    Raises:
        BadBundleError: it is no bundle, or nothing in it can be read.
        OursError: the disk failed; what was taken before stays.
    """
    reading = _Reading(replica)
    for found in read_file(file, progress):
        reading.take(found)
    return reading.finish(str(file))


def read_file(file: Path, progress: Progress = lambda _done, _total: None) -> Iterator[bundle.Found]:
    """What a bundle holds, as it is read.

    Raises:
        BadBundleError: the file cannot be read.
    """
    reader = BundleReader()
    try:
        total = file.stat().st_size
        with file.open("rb") as stream:
            done = 0
            while chunk := stream.read(CHUNK):
                yield from reader.feed(chunk)
                done += len(chunk)
                progress(done, total)
    except OSError as error:
        raise BadBundleError(within(file, of_system(error))) from error
    yield from reader.finish()


class _Reading:
    """A bundle on its way into a replica: sets are taken some hundred at a time, each time durably."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._sets: list[OpenedSet] = []
        self._receipts: list[BundledReceipt] = []
        self._manifest: Manifest | None = None
        self._damages: list[Damage] = []
        self._fresh = self._known = self._aside = 0

    def take(self, found: bundle.Found) -> None:
        match found:
            case Manifest():
                self._manifest = found
            case OpenedSet():
                self._sets.append(found)
                if len(self._sets) >= _SETS_AT_ONCE:
                    self._flush()
            case BundledReceipt():
                self._receipts.append(found)
            case Damage():
                self._damages.append(found)

    def finish(self, name: str) -> Imported:
        self._flush()
        receipts = self._take_receipts()
        if self._manifest is None and not (self._fresh or self._known or self._aside or receipts):
            raise BadBundleError(within(name, self._first_damage()))
        if self._manifest is not None:
            self._note_carried(self._manifest)
        exporter = None if self._manifest is None else self._manifest.exporter
        return Imported(self._fresh, self._known, self._aside, receipts, exporter, self._damages)

    def _first_damage(self) -> Both:
        if not self._damages:
            return Both("tệp trống", "empty")
        return of_damage(self._damages[0].code, self._damages[0].sentence)

    def _flush(self) -> None:
        if not self._sets:
            return
        with self._replica.writing():
            taken = take(self._replica, map(Arrival, self._sets))
        self._sets = []
        self._fresh += len(taken.fresh)
        self._known += len(taken.known)
        self._aside += len(taken.aside)
        self._damages += [
            Damage(0, "signature", set_id, "the signature does not fit") for set_id in taken.refused
        ]

    def _take_receipts(self) -> int:
        """Receipts of the hub say what arrived there. They are labels: what is offered to the hub does not depend on them.

        Of what the hub lost since, a receipt says only when it came there first.
        """
        server = self._replica.deployment.hub
        key = server_key(self._replica.ledger, server)
        taken = 0
        with self._replica.writing():
            for receipt, signed in self._receipts:
                try:
                    if key is None or receipt.server != server:
                        continue
                    verify(Receipt, signed, key)
                except ProtocolError as error:
                    self._damages.append(Damage(0, "receipt", None, str(error)))
                    continue
                named = dict(named_by(self._replica, receipt))
                end = speaks_below(self._replica, receipt)
                self._replica.hub.keep_receipt(receipt, signed, named)
                self._replica.hub.note_received(named, receipt.time)
                self._replica.hub.vouch([each for each, at in named.items() if end is None or at < end])
                taken += 1
        return taken

    def _note_carried(self, manifest: Manifest) -> None:
        """Whoever wrote this bundle holds our sets up to the tips that it names."""
        held = self._replica.ledger.facts
        theirs = ancestors([tip for scope in manifest.scopes for tip in scope.tips], held)
        with self._replica.writing():
            self._replica.device.mark_carried(theirs, self._replica.clock())
