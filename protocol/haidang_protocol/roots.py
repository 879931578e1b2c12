"""The roots of a deployment: their votes replace and cut each other and are never cut themselves (SPEC A10)."""

from collections.abc import Iterable, Mapping

import msgspec

from haidang_protocol import logs
from haidang_protocol.authority import AuthoritySet, Counted, Cut
from haidang_protocol.certificates import Certificate, Genesis, Rights
from haidang_protocol.entries import Entry, Revoke, read
from haidang_protocol.ids import ID16
from haidang_protocol.logs import Facts, Holdings
from haidang_protocol.operations import CERTIFY, REVOKE

ROOT_RIGHTS = Rights(everything=True)
ROOT_VOTE_DEPTH = -1
"""Nearer than every certificate: no adoption beats it."""


class Roots:
    """The root certificates that count, and the cuts of their keys, from the sets written at the top unit."""

    def __init__(self, genesis: Genesis, sets: Iterable[AuthoritySet], holdings: Holdings) -> None:
        self._genesis = genesis
        self._holdings = holdings
        self._sets = [item for item in sets if item.unit == genesis.top and self._placed(item.facts)]
        self.counted = self._first()
        while added := self._replacements():
            self.counted |= added
        self.cuts = self._cuts()

    def _placed(self, facts: Facts) -> bool:
        return logs.chain_holds(facts, self._holdings.facts) and self._holdings.whole_before(facts)

    def _first(self) -> dict[bytes, Counted]:
        certificates = {
            self._genesis.root_certificate_id(slot): Certificate(
                public_key=public_key,
                person="",
                label="root",
                rights=ROOT_RIGHTS,
                grants=ROOT_RIGHTS,
                unit=self._genesis.top,
                parent=None,
            )
            for slot, public_key in enumerate(self._genesis.roots)
        }
        return {
            set_id: Counted(set_id, certificate, 0, slot)
            for slot, (set_id, certificate) in enumerate(certificates.items())
        }

    def _votes(self) -> Iterable[tuple[int, Entry]]:
        """(slot of the voter, entry) of everything that a root wrote at the top."""
        for item in self._sets:
            root = self.counted.get(item.facts.acting or b"")
            if root is not None and root.slot is not None and root.certificate.key == item.facts.key:
                for entry in item.entries:
                    yield root.slot, entry

    def _replacements(self) -> dict[bytes, Counted]:
        """New certificates that two other slots certify alike."""
        voters: dict[bytes, set[int]] = {}
        found: dict[bytes, Counted] = {}
        for slot, entry in self._votes():
            replacing = _replacement(entry, self.counted)
            if replacing is not None and replacing.slot != slot:
                found[replacing.id] = replacing
                voters.setdefault(replacing.id, set()).add(slot)
        return {
            set_id: msgspec.structs.replace(
                known,
                certificate=msgspec.structs.replace(
                    known.certificate, rights=ROOT_RIGHTS, grants=ROOT_RIGHTS, unit=self._genesis.top
                ),
            )
            for set_id, known in found.items()
            if len(voters[set_id]) > 1 and set_id not in self.counted
        }

    def _cuts(self) -> dict[bytes, list[Cut]]:
        """A root's key is cut when two other slots revoke it."""
        votes: dict[bytes, list[tuple[int, Cut]]] = {}
        for slot, entry in self._votes():
            revoke = read(entry, REVOKE)
            if isinstance(revoke, Revoke):
                cut = Cut(revoke, ROOT_VOTE_DEPTH, self._genesis.top, entry.identity)
                votes.setdefault(revoke.key, []).append((slot, cut))
        cuts: dict[bytes, list[Cut]] = {}
        for root in self.counted.values():
            others = [(slot, cut) for slot, cut in votes.get(root.certificate.key, ()) if slot != root.slot]
            if len({slot for slot, _ in others}) > 1:
                cuts.setdefault(root.certificate.key, []).extend(cut for _, cut in others)
        return cuts


def _replacement(entry: Entry, roots: Mapping[bytes, Counted]) -> Counted | None:
    """The root certificate that a `certify` entry votes for, in the slot of the root that it names."""
    found = read(entry, CERTIFY)
    if not isinstance(found, Certificate) or found.parent is not None:
        return None
    replaced = roots.get(bytes.fromhex(found.person)) if _is_id(found.person) else None
    return None if replaced is None else Counted(found.id, found, 0, replaced.slot)


def _is_id(text: str) -> bool:
    return len(text) == 2 * ID16 and all(letter in "0123456789abcdef" for letter in text)
