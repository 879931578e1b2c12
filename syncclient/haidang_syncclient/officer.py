"""What an officer says: definitions, certificates, offers, confirmations, cuts; sealed at once, under one certificate.

Entries are written where they matter and no wider: at the unit that they are about, so that whoever is below receives them
and nobody else has to (SPEC A4, A5). Nothing here asks a clock for a verdict.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from haidang_protocol import logs
from haidang_protocol import operations as op
from haidang_protocol.certificates import Certificate, Rights
from haidang_protocol.entries import Entry, adopt_value, read, revoke_value
from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.ids import AUTHORITY, ID16, fingerprint, scope_kind, scope_of, scope_unit
from haidang_protocol.logs import Facts
from haidang_protocol.merge import Live
from haidang_protocol.verdicts import UNCONFIRMED
from haidang_syncclient.drafts import NO_FORM, Draft, PendingSave, Target
from haidang_syncclient.errors import NotAllowedError, NotConfirmableError, UnknownError
from haidang_syncclient.keystore import Signer
from haidang_syncclient.people import Standing
from haidang_syncclient.reasons import of_kinds
from haidang_syncclient.replica import Replica, drawn_tag, signed
from haidang_syncclient.sealing import compose, plan

Log = tuple[int, bytes]
"""(incarnation, scope)."""


class Definition(NamedTuple):
    """A unit, directive, assignment, form or period: its kind, its record id, its value."""

    kind: int
    record: bytes
    value: Any


class Grant(msgspec.Struct, frozen=True):
    """What an officer gives: rights in a unit, for a person, under a role's name, to read until a time (seconds) or for good.

    With the right to certify the holder may also grant all of these rights.
    """

    unit: bytes
    rights: Rights
    person: str
    label: str
    read_until: int | None = None


class Request(msgspec.Struct, frozen=True):
    """A device that used an offer and waits for its officer's word (SPEC E3); `confirmable`: its set asks for it alone."""

    set_id: bytes
    certificate: Certificate
    unit: bytes
    time: int
    confirmable: bool

    @property
    def fingerprint(self) -> str:
        """What officer and person compare aloud."""
        return fingerprint(self.certificate.key)


class OpenOffer(msgspec.Struct, frozen=True):
    """An offer that counts; `used` are the sets that its key made."""

    id: bytes
    certificate: Certificate
    used: tuple[bytes, ...]


class Officer:
    """Writes authority entries into a replica, signed by the person's key or by another one, such as a root's."""

    def __init__(self, replica: Replica, signer: Signer | None = None) -> None:
        """Take the replica, and the key if it is not the replica's own; whoever only asks needs none.

        Everything that writes raises `NoKeyError` if the replica was opened without its key and none is given.
        """
        self._replica = replica
        self._given = signer

    @property
    def _signer(self) -> Signer:
        return self._replica.the_signer() if self._given is None else self._given

    # -------------------------------------------------------------------------------------------------- definitions

    def publish(self, at: bytes, definitions: Iterable[Definition]) -> list[OpenedSet]:
        """State definitions in the authority scope of a unit, in place of those that are there; only what changed.

        Raises:
            NotAllowedError: no certificate of the key allows it there.
            InvalidSaveError: a value that the format does not have.
        """
        scope = scope_of(AUTHORITY, at)
        drafts = []
        for kind, record, value in definitions:
            live = self._replica.state(scope, record).slots.get(op.REGISTER, [])
            same = [each for each in live if each.kind == kind]
            if len(same) != 1 or same[0].value != value:
                drafts.append(Draft(kind, record, "", value, tuple(map(_target, same))))
        return self.write(at, drafts) if drafts else []

    # ------------------------------------------------------------------------------------------------- certificates

    def certify(self, certificate: Certificate, at: bytes | None = None) -> list[OpenedSet]:
        """Make a certificate count, at its unit unless another one is given.

        Raises:
            NotAllowedError: no certificate of the key allows it there.
        """
        return self.write(
            certificate.unit if at is None else at,
            [_entry(op.CERTIFY, certificate.id, certificate.to_value())],
        )

    def standing(self, at: bytes, kinds: Iterable[int]) -> Standing:
        """The certificate of the key, nearest the root, that allows authority entries of these kinds in a unit.

        Raises:
            NotAllowedError: there is none.
        """
        needed = tuple(kinds)
        fitting = [
            standing
            for standing in self._replica.people.standings(self._signer.key, at)
            if standing.confirmed and standing.certificate.rights.allow(AUTHORITY, needed, ())
        ]
        if not fitting:
            raise NotAllowedError(of_kinds(needed))
        return min(fitting, key=lambda standing: (standing.depth, standing.id))

    def offer(self, holder: bytes, grant: Grant) -> Certificate:
        """Certify the key of an offer; the device that uses it gets the grant (`enrolling.device_certificate`).

        Args:
            holder: the public key of the offer (32 bytes).
            grant: what the device gets.

        Raises:
            NotAllowedError: the officer may not grant that there.
        """
        acting = self.standing(grant.unit, [op.CERTIFY])
        certificate = Certificate(
            public_key=holder,
            person=grant.person,
            label=grant.label,
            rights=Rights(frozenset({op.CERTIFY}), frozenset(), frozenset({AUTHORITY})),
            grants=grant.rights,
            unit=grant.unit,
            read_until=_earlier(grant.read_until, acting.certificate.read_until),
            parent=acting.id,
            offer=True,
            forms=acting.certificate.forms,
        )
        grants = acting.certificate.grants
        if grants is None or not (grant.rights.within(grants) and certificate.rights.within(grants)):
            raise NotAllowedError(grant.label)
        self.certify(certificate)
        return certificate

    def offers(self) -> list[OpenOffer]:
        """The offers that count, with the sets that they were used for."""
        found: dict[bytes, OpenOffer] = {}
        for unit in self._replica.ledger.units():
            for known in chain.from_iterable(self._replica.ledger.view(unit).counted.values()):
                if known.certificate.offer and known.certificate.unit == unit:
                    sets = self._replica.store.in_scope(scope_of(AUTHORITY, unit), {known.certificate.key})
                    used = tuple(held.facts.id for held in sets if held.facts.acting == known.id)
                    found[known.id] = OpenOffer(known.id, known.certificate, used)
        return sorted(found.values(), key=lambda offer: offer.id)

    def requests(self) -> list[Request]:
        """The devices that wait to be confirmed."""
        found = []
        for held in filter(None, map(self._replica.ledger.held, self._replica.device.not_accepted())):
            if held.facts.acting is not None and held.verdict.reason == UNCONFIRMED:
                opened = self._opened(held.facts.id)
                unit, alone = scope_unit(held.facts.scope), self._asks_for_one(opened)
                found += [
                    Request(opened.id, certificate, unit, opened.header.time, alone)
                    for certificate in certificates_in(opened)
                ]
        return found

    def confirm(self, set_id: bytes, reason: str = "") -> list[OpenedSet]:
        """Confirm a device whose fingerprint was compared, and nothing that the offer's key says beside it (SPEC E3).

        Raises:
            NotConfirmableError: the set asks for more than one device, or it is no request under an offer.
            UnknownError, NotAllowedError: as `adopt`.
        """
        facts = self._facts(set_id)
        if not self._asks_for_one(self._opened(set_id)):
            raise NotConfirmableError(set_id.hex()[:12])
        return self.adopt([set_id], facts.previous, reason)

    def _asks_for_one(self, opened: OpenedSet) -> bool:
        """Whether a set is one `certify` under an offer, and nothing else (SPEC E2)."""
        header, asked = opened.header, certificates_in(opened)
        offers = {each.id for each in self.certificates_of(header.key) if each.offer}
        alone = len(asked) == opened.body.size == 1
        return alone and header.acting in offers and asked[0].parent == header.acting

    def close(self, offer: OpenOffer, reason: str = "") -> list[OpenedSet]:
        """Close an offer that was not used, or whose use nobody confirmed: every device that it certifies is cut.

        Raises:
            NotAllowedError: no certificate of the key allows it.
        """
        entry = _entry(op.REVOKE, offer.certificate.key, revoke_value(offer.certificate.key, {}, reason))
        return self.write(offer.certificate.unit, [entry])

    def retire(self, key: bytes, reason: str) -> list[OpenedSet]:
        """A key's holder left or was reassigned: what follows is flagged, reading ends, nothing is cut.

        Raises:
            UnknownError: nobody is certified by this key.
            NotAllowedError: no certificate of the officer's key allows it.
        """
        return self.write(self._unit_of(key), [_entry(op.RETIRE, key, [key, reason])])

    def revoke(self, key: bytes, kept: Mapping[Log, Sequence[bytes]], reason: str) -> list[OpenedSet]:
        """Cut a key: of each log named, the tips and what leads to them stay accepted; every other log is cut whole.

        Args:
            key: the key id.
            kept: usually from `kept_if_received`.
            reason: for people.

        Raises:
            UnknownError, NotAllowedError: as `retire`.
        """
        value = revoke_value(key, {log: list(tips) for log, tips in kept.items()}, reason)
        return self.write(self._unit_of(key), [_entry(op.REVOKE, key, value)])

    def kept_if_received(self, key: bytes, before: int | None = None) -> dict[Log, list[bytes]]:
        """What a cut keeps if it keeps what the hub had received, before a time in seconds if one is given.

        The hub's receipts choose the sets, once; the entry then names them by id, and no rule reads the time again.
        """
        found: dict[Log, list[bytes]] = {}
        for scope in self._replica.device.scopes_of(key):
            sets = {held.facts.id: held.facts for held in self._replica.store.in_scope(scope, {key})}
            received = self._replica.hub.received_at(sets)
            kept = {
                set_id: facts
                for set_id, facts in sets.items()
                if set_id in received and (before is None or received[set_id] < before)
            }
            found |= tips_by_log(kept)
        return found

    def kept_up_to(self, tips: Iterable[bytes]) -> dict[Log, list[bytes]]:
        """What a cut keeps if it keeps these sets and what leads to them.

        Raises:
            UnknownError: one of them is not held.
        """
        return tips_by_log({facts.id: facts for facts in map(self._facts, tips)})

    # ----------------------------------------------------------------------------------------------------- verdicts

    def adopt(self, tips: Sequence[bytes], bases: Sequence[bytes] = (), reason: str = "") -> list[OpenedSet]:
        """Accept the sets from the bases (without them) up to the tips, past gaps and cuts of one's own depth.

        Raises:
            UnknownError: a tip is not held.
            NotAllowedError: no certificate of the key allows it.
        """
        made: list[OpenedSet] = []
        for unit, ids in self._by_unit(tips).items():
            known = [base for base in bases if self._unit_of_set(base) in (None, unit)]
            made += self.write(unit, [_entry(op.ADOPT, ids[0][:ID16], adopt_value(ids, known, reason))])
        return made

    def refuse(self, ids: Sequence[bytes], reason: str) -> list[OpenedSet]:
        """Close the question about sets without accepting them; raises as `adopt`."""
        return self._about_sets(op.REFUSE, ids, reason)

    def redact(self, ids: Sequence[bytes], reason: str) -> list[OpenedSet]:
        """Ask for the values of sets to be dropped; it counts once a second officer does, one of them near the root."""
        return self._about_sets(op.REDACT, ids, reason)

    def _about_sets(self, kind: int, ids: Sequence[bytes], reason: str) -> list[OpenedSet]:
        made: list[OpenedSet] = []
        for unit, there in self._by_unit(ids).items():
            made += self.write(unit, [_entry(kind, there[0][:ID16], [sorted(there), reason])])
        return made

    # -------------------------------------------------------------------------------------------------------- write

    def write(self, at: bytes, drafts: Sequence[Draft], acting: bytes | None = None) -> list[OpenedSet]:
        """Seal entries in the authority scope of a unit and hold them: durable when this returns.

        Args:
            at: the unit.
            drafts: definitions and entries.
            acting: the id of the certificate to act under; by default the nearest to the root that allows all of them.

        Raises:
            NotAllowedError: no certificate allows it.
            InvalidSaveError: a value that the format does not have.
        """
        replica, key = self._replica, self._signer.key
        scope = scope_of(AUTHORITY, at)
        under = self.standing(at, {draft.kind for draft in drafts}).id if acting is None else acting
        blank = PendingSave(
            scope,
            drawn_tag(replica.randomness),
            replica.randomness(ID16),
            NO_FORM,
            replica.clock(),
            None,
            under,
            (),
        )
        author = replica.author(key, scope)
        author = msgspec.structs.replace(author, allowing=lambda _draft: frozenset({under}))
        saves = compose(blank, drafts, author.allowing, key)
        sets = plan(scope, saves, replica.logs.line(key, scope).end, author)
        sets = [signed(opened, self._signer) for opened in sets]
        with replica.writing():
            replica.hold(sets)
        return sets

    def _opened(self, set_id: bytes) -> OpenedSet:
        return open_set(self._replica.store.parts([set_id])[set_id])

    def _facts(self, set_id: bytes) -> Facts:
        facts = self._replica.ledger.facts(set_id)
        if facts is None:
            raise UnknownError(set_id.hex())
        return facts

    def _by_unit(self, ids: Iterable[bytes]) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for facts in map(self._facts, ids):
            found.setdefault(scope_unit(facts.scope), []).append(facts.id)
        return found

    def _unit_of_set(self, set_id: bytes) -> bytes | None:
        facts = self._replica.ledger.facts(set_id)
        return None if facts is None else scope_unit(facts.scope)

    def _unit_of(self, key: bytes) -> bytes:
        """The unit where an entry about a key touches all its certificates that it can."""
        units = {certificate.unit for certificate in self.certificates_of(key)}
        if not units:
            raise UnknownError(key.hex())
        if len(units) == 1:
            return units.pop()
        return self.standing(next(iter(units)), [op.RETIRE]).certificate.unit

    def certificates_of(self, key: bytes) -> list[Certificate]:
        """Every certificate that a held entry names for a key, counting or not."""
        found: dict[bytes, Certificate] = {}
        for item in self._replica.ledger.authority_sets():
            for entry in item.entries:
                certificate = read(entry, op.CERTIFY)
                if isinstance(certificate, Certificate) and certificate.key == key:
                    found[certificate.id] = certificate
        return list(found.values())


def tips_by_log(sets: Mapping[bytes, Facts]) -> dict[Log, list[bytes]]:
    """The sets that no other of them follows, by log."""
    found: dict[Log, list[bytes]] = {}
    for tip in logs.tips(sets, lambda _set_id: True):
        facts = sets[tip]
        found.setdefault((facts.incarnation, facts.scope), []).append(tip)
    return found


def certificates_in(opened: OpenedSet) -> list[Certificate]:
    """The certificates that an authority set names."""
    if scope_kind(opened.header.scope) != AUTHORITY:
        return []
    found = [read(Entry(each.kind, b"", each.value, b""), op.CERTIFY) for each in opened.body.operations]
    return [certificate for certificate in found if isinstance(certificate, Certificate)]


def _earlier(one: int | None, other: int | None) -> int | None:
    """The earlier of two ends; None is no end."""
    return min((end for end in (one, other) if end is not None), default=None)


def _entry(kind: int, record: bytes, value: Any) -> Draft:
    return Draft(kind, record, "", value)


def _target(live: Live) -> Target:
    return Target(live.set16, live.index, live.ordinal, live.identity)
