"""Checking a bundle file without taking anything in: block checks, signatures, chains, the exporter's own list."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from haidang_protocol.bundle import BundledReceipt, Damage, Manifest
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_protocol.statements import Receipt, verify
from haidang_syncclient.bundles import read_file
from haidang_syncclient.greeting import server_key
from haidang_syncclient.intake import signature_holds
from haidang_syncclient.officer import certificates_in
from haidang_syncclient.problem import Problem
from haidang_syncclient.replica import Replica

MISSING_SETS = "missing-sets"


class BundleCheck(NamedTuple):
    """What was checked; `unknown` are sets whose author no certificate names, here or in the bundle."""

    sets: int
    receipts: int
    unknown: int
    problems: list[Problem]


def check_bundle(
    replica: Replica | None, file: Path, progress: Callable[[int, int | None], None]
) -> BundleCheck:
    """Check a bundle; a replica of the same deployment lends its root keys and certificates.

    Raises:
        BadBundleError: the file cannot be read.
    """
    checking = _Checking(replica)
    for found in read_file(file, progress):
        checking.take(found)
    return checking.finish()


class _Checking:
    def __init__(self, replica: Replica | None) -> None:
        self._replica = replica
        self._keys: dict[bytes, bytes] = {}
        self._problems: list[Problem] = []
        self._previous: dict[bytes, bytes] = {}
        self._ids: set[bytes] = set()
        self._manifest: Manifest | None = None
        self._receipts = self._unknown = 0

    def take(self, found: object) -> None:
        match found:
            case Manifest():
                self._manifest = found
            case OpenedSet():
                self._take_set(found)
            case BundledReceipt():
                self._take_receipt(found)
            case Damage():
                self._problems.append(Problem(found.code, found.set_id, None, found.sentence))

    def _take_set(self, opened: OpenedSet) -> None:
        self._ids.add(opened.id)
        self._previous |= dict.fromkeys(opened.header.previous, opened.header.scope)
        self._keys |= {each.key: each.public_key for each in certificates_in(opened)}
        known = None if self._replica is None else self._replica.ledger.public_key(opened.header.key)
        public_key = known or self._keys.get(opened.header.key)
        if public_key is None:
            self._unknown += 1
        elif not signature_holds(opened, public_key):
            self._problems.append(
                Problem("signature", opened.id, opened.header.scope, "its signature does not fit")
            )

    def _take_receipt(self, found: BundledReceipt) -> None:
        self._receipts += 1
        if self._replica is None or found.receipt.server != self._replica.deployment.hub:
            return
        key = server_key(self._replica.ledger, found.receipt.server)
        try:
            if key is not None:
                verify(Receipt, found.signed, key)
        except ProtocolError as error:
            self._problems.append(Problem("receipt", None, None, str(error)))

    def finish(self) -> BundleCheck:
        """Name what is gone: what others in the bundle follow, or the exporter's list names, and what is not held here."""
        gone = dict(self._previous)
        if self._manifest is not None:
            gone |= {tip: each.scope for each in self._manifest.scopes for tip in each.tips}
        incomplete = any(problem.code == MISSING_SETS for problem in self._problems)
        if incomplete:
            named = {problem.set_id for problem in self._problems}
            self._problems += [
                Problem("missing", set_id, scope, "the bundle should hold it, and does not")
                for set_id, scope in sorted(gone.items())
                if set_id not in self._ids and set_id not in named and not self._held(set_id)
            ]
        return BundleCheck(len(self._ids), self._receipts, self._unknown, self._problems)

    def _held(self, set_id: bytes) -> bool:
        return self._replica is not None and self._replica.ledger.facts(set_id) is not None
