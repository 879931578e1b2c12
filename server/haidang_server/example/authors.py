"""The made-up people of the example as keys that sign: certified by the example's office, each with logs of their own."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import operations as op
from haidang_protocol.body import Operation, Save
from haidang_protocol.certificates import Certificate, Rights
from haidang_protocol.definitions.forms import form_id
from haidang_protocol.enrolment import Offer
from haidang_protocol.envelope import Header, OpenedSet, seal
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, TAG_BYTES, key_id, scope_of
from haidang_server.example.dataset import Example
from haidang_server.example.places import Author
from haidang_server.example.report import Report
from haidang_server.example.stating import Seen, stated

Randomness = Callable[[int], bytes]

REPORTING: Final = Rights(
    frozenset({op.PUT, op.COUNT, op.ADD, op.REMOVE, op.NOTE, op.LINK}),
    frozenset(),
    frozenset({REPORTS, RESTRICTED}),
)
OFFICE: Final = Rights(REPORTING.kinds | {op.CERTIFY}, REPORTING.roles, REPORTING.scopes | {AUTHORITY})
NO_FORM: Final = b""
_SALT_BYTES: Final = 16


class Pen:
    """A key with its logs: seals sets one after the other."""

    def __init__(self, randomness: Randomness, seed: bytes | None = None) -> None:
        """Make a new key, or take that of a seed."""
        self._randomness = randomness
        self._key = Ed25519PrivateKey.from_private_bytes(randomness(32) if seed is None else seed)
        self._tips: dict[bytes, OpenedSet] = {}
        self.public = self._key.public_key().public_bytes_raw()

    def seal(
        self, scope: bytes, form: bytes, time: int, operations: Sequence[Operation], acting: bytes | None = None, *,
        salted: bool = False,
    ) -> OpenedSet:  # fmt: skip
        """One save, sealed as the next set of the log in a scope."""
        tip = self._tips.get(scope)
        drawn = self._randomness(TAG_BYTES)
        header = Header(
            key_id(self.public), scope, 0, 0 if tip is None else tip.header.position + 1,
            () if tip is None else (tip.id,), time, bytes([drawn[0] & 0x7F, *drawn[1:]]), acting,
        )  # fmt: skip
        salt = self._randomness(_SALT_BYTES) if salted else None
        made = self._tips[scope] = seal(header, [Save(form, time, tuple(operations), salt)], self._key)
        return made


class Office(NamedTuple):
    """Who certifies the made-up authors: a key of its own, certified under an offer, and that set, which waits for an officer's word."""

    pen: Pen
    certificate: Certificate
    request: OpenedSet


def open_office(offer: Offer, name: str, now: int, randomness: Randomness) -> Office:
    """Take an offer as a device would (SPEC E2)."""
    pen, holder = Pen(randomness), Pen(randomness, offer.seed)
    certificate = Certificate(
        public_key=pen.public, person=name, label="synthetic", rights=OFFICE, grants=OFFICE, unit=offer.unit,
        parent=offer.certificate,
    )  # fmt: skip
    entry = Operation(op.CERTIFY, certificate.id, "", certificate.to_value())
    request = holder.seal(scope_of(AUTHORITY, offer.unit), NO_FORM, now, [entry], offer.certificate)
    return Office(pen, certificate, request)


def sealed_reports(
    example: Example, reports: Iterable[Report], office: Office, now: int, randomness: Randomness
) -> list[OpenedSet]:
    """The reports as sealed sets, one or two a save, behind the certificates of their authors."""
    seen, certified, made = Seen(), list[OpenedSet](), list[OpenedSet]()
    pens: dict[Author, Pen] = {}
    ids = {family: form_id(form) for family, form in example.forms.items()}
    for report in reports:
        form = example.forms[report.family]
        if report.author not in pens:
            pens[report.author] = Pen(randomness)
            certified.append(_certify(office, report.author, pens[report.author], now))
        personal = any(field.personal for field in form.fields)
        for scope, operations in stated(report, form, seen).items():
            opened = pens[report.author].seal(
                scope, ids[report.family], report.claimed, operations, salted=personal
            )
            seen.note(scope, operations, opened.id16)
            made.append(opened)
    return certified + made


def _certify(office: Office, author: Author, pen: Pen, now: int) -> OpenedSet:
    certificate = Certificate(
        public_key=pen.public, person=author.name, label=author.role, rights=REPORTING, grants=None, unit=author.unit,
        parent=office.certificate.id,
    )  # fmt: skip
    entry = Operation(op.CERTIFY, certificate.id, "", certificate.to_value())
    return office.pen.seal(scope_of(AUTHORITY, author.unit), NO_FORM, now, [entry], office.certificate.id)
