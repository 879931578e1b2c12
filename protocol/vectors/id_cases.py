"""Vectors of names: keys, forms, records, rows, tags, fingerprints (SPEC B1, B4, B5, E3, O4, O5)."""

from collections.abc import Iterator
from typing import Any

from haidang_protocol.errors import LimitError
from haidang_protocol.ids import (
    AUTHORITY,
    REPORTS,
    RESTRICTED,
    derived_record_id,
    derived_row_id,
    fingerprint,
    form_id,
    key_id,
    next_tag,
    scope_of,
)
from vectors.cases import Case, invalid, tagged, valid

NOTES = [
    "`of` says what is named: key, form, record, row, fingerprint or tag. All bytes are hex.",
    "A record is named by `scope` and the preimage family, subject (null: the scope's own unit), directive, period.",
    "A tag is followed by the tag of the save `saves` later; past 2^64−1 that is refused.",
]

UNIT = bytes(range(16))
SITE = bytes(range(16, 32))
PERIOD = bytes(range(32, 48))

FORMS: list[tuple[str, Any]] = [
    ("form", ["X01", 1, [["a", "tally"]]]),
    ("form-with-vietnamese", ["X01", 1, [["Số cụm loa", None]]]),
    ("form-empty", []),
]
PREIMAGES: list[tuple[str, int, tuple[Any, ...]]] = [
    ("record-own-unit", REPORTS, ("progress", None, "171/TB-VP/07", PERIOD)),
    ("record-own-unit-spelt-out", REPORTS, ("progress", UNIT, "171/TB-VP/07", PERIOD)),
    ("record-site", REPORTS, ("post-point", SITE, None, None)),
    ("record-singleton", REPORTS, ("profile", None, None, None)),
    ("record-vietnamese", REPORTS, ("tiến-độ", None, "thông báo 171", PERIOD)),
    ("record-restricted-twin", RESTRICTED, ("progress", None, "171/TB-VP/07", PERIOD)),
    ("record-authority", AUTHORITY, ("progress", None, "171/TB-VP/07", PERIOD)),
]
ROWS = [
    ("row", "hamlets", ["Ấp Bãi Thơm", "VNPT"]),
    ("row-one", "hamlets", ["Ấp Bãi Thơm"]),
    ("row-other-field", "villages", ["Ấp Bãi Thơm"]),
    ("row-split-otherwise", "hamlets", ["Ấp", "Bãi Thơm"]),
]
TAGS = [
    ("tag-next", bytes(8), 1),
    ("tag-carry", bytes(7) + b"\xff", 1),
    ("tag-same", b"\x12\x34\x56\x78\x9a\xbc\xde\xf0", 0),
    ("tag-many", b"\x12\x34\x56\x78\x9a\xbc\xde\xf0", 512),
    ("tag-last", b"\xff" * 7 + b"\xfe", 1),
    ("tag-past-the-end", b"\xff" * 8, 1),
]


def cases() -> Iterator[Case]:
    """All cases of ids.json."""
    for name, raw in (("key", bytes(range(32))), ("key-zeros", bytes(32))):
        yield valid(name, "the id of a public key", of="key", public_key=raw.hex(), id16=key_id(raw).hex())
        shown = fingerprint(key_id(raw))
        yield valid(
            f"fingerprint-{name}",
            "what is compared aloud",
            of="fingerprint",
            key=key_id(raw).hex(),
            text=shown,
        )
    for name, form in FORMS:
        yield valid(name, "the id of a form", of="form", value=tagged(form), id16=form_id(form).hex())
    for name, kind, (family, subject, directive, period) in PREIMAGES:
        scope = scope_of(kind, UNIT)
        yield valid(
            name,
            "the id of a record",
            of="record",
            scope=scope.hex(),
            family=family,
            subject=subject and subject.hex(),
            directive=directive,
            period=period and period.hex(),
            id16=derived_record_id(scope, family, subject, directive, period).hex(),
        )
    for name, field, key in ROWS:
        yield valid(
            name, "the id of a row", of="row", field=field, key=key, id16=derived_row_id(field, key).hex()
        )
    for name, tag, saves in TAGS:
        about = {"of": "tag", "tag": tag.hex(), "saves": saves}
        try:
            yield valid(name, "a later tag of an opening", **about, next=next_tag(tag, saves).hex())
        except LimitError:
            yield invalid(name, "tags end", "over-limit", **about)
