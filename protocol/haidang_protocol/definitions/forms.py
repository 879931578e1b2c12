"""Forms: what is asked, how an answer merges, how it adds up. Immutable and named by their content.

A form travels as the array that msgspec makes of `Form`; its id is the hash of those bytes, so a form is never
changed: a new version is a new form of the same family. Field names and choice codes keep their meaning for ever
within a family. Expressions stand in it as bytes, each the MessagePack of a tree (`expressions.py`).

Values of fields, as they are saved, by type:

===========  =================================================================
int, money   integer (money in đồng)
dec          integer: the number times 10**size
bool         boolean
text         NFC text of at most `size` characters
date         text YYYY-MM-DD
datetime     text YYYY-MM-DDTHH:MM, civil time of the unit
sel1         code of a choice
selN         set of codes of choices (add, remove)
geo          [latitude, longitude in 1e-7 degrees, accuracy in metres]
photo        set of at most `size` attachments [SHA-256, bytes, media type]; each
             element is a bin (`form_values.attachment_element`)
rows         set of rows, each with a value for each of its cells
calc         never saved: computed by whoever reads
===========  =================================================================
"""

from typing import Final, Literal

import msgspec

from haidang_protocol import ids
from haidang_protocol.definitions.text import match_key
from haidang_protocol.definitions.values import from_value, to_value
from haidang_protocol.definitions.words import Words
from haidang_protocol.limits import IDENTIFIER_BYTES_MAX

Kind = Literal[
    "int", "money", "dec", "bool", "text", "date", "datetime", "sel1", "selN", "geo", "photo", "rows", "calc"
]
Origin = Literal["ptotal", "reg", "mvreg", "base", "tally", "rows", "attach", "log", "calc"]
"""What kind of statement a field is, in the words of those who design forms."""
Merge = Literal["put", "count", "add", "none"]
"""The operation of the protocol that states a value of the field."""
Display = Literal["latest", "unresolved"]
"""What is shown of two different values."""
RollupKind = Literal["none", "sumST", "sumS_lastT", "count", "ratio", "worst", "max"]
SubjectKind = Literal["unit", "site", "directive"]
Occasion = Literal["period", "profile", "progress", "event"]

NUMBERS: frozenset[Kind] = frozenset({"int", "money", "dec"})
CHOICES: frozenset[Kind] = frozenset({"sel1", "selN"})

FORM_LAYOUT: Final = 1
"""First element of a form's array: which layout the others have."""


class Choice(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One answer of a list. Its code is what is saved."""

    code: str
    vi: str
    en: str


class Rollup(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How values of several reports become one.

    Kinds: `sumST` adds over units and periods; `sumS_lastT` takes the latest of each unit, then adds; `count` counts
    answers by code; `ratio` divides the sums of two number fields, or, without `parts`, true answers by all answers;
    `worst` takes the choice that stands last in the list; `max` the largest number.
    """

    kind: RollupKind = "none"
    parts: tuple[str, ...] = ()


class Field(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """One question, or one cell of the rows of a repeat.

    Attributes:
        name: Unique in the form, cells included.
        kind: Type of the answer.
        size: `dec`, `calc`: digits behind the comma; `text`: characters; `photo`: pictures; otherwise 0.
        label: The question.
        hint: A sentence below it, or null.
        unit: Unit of a number, or null.
        origin, merge, display, rollup: see the types.
        choices: Of `sel1` and `selN`, in order, the worst last where that matters.
        required, relevant, constraint, calculation: Trees as MessagePack, or null.
        message: What a person reads when the constraint fails.
        writes: The one role that may write the field, or "" for every author; a breach is flagged, not refused.
        personal: The value is about a person: its set is salted, so that it can be redacted.
        restricted: The value belongs to the restricted scope of the unit.
        section: Name of the section of the form, or "".
        key: Cells that name a row by nature, such as level; empty if a row has a random id.
        cells: Questions of each row, if the kind is `rows`.
    """

    name: str
    kind: Kind
    size: int = 0
    label: Words
    hint: Words | None = None
    unit: Words | None = None
    origin: Origin
    merge: Merge
    display: Display
    rollup: Rollup = Rollup()
    choices: tuple[Choice, ...] = ()
    required: bytes | None = None
    relevant: bytes | None = None
    constraint: bytes | None = None
    message: Words | None = None
    calculation: bytes | None = None
    writes: str = ""
    personal: bool = False
    restricted: bool = False
    section: str = ""
    key: tuple[str, ...] = ()
    cells: tuple["Field", ...] = ()


class Subject(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What one report is about, and where it is filed.

    Attributes:
        kind: The unit itself, a site in it, or the progress of a directive there.
        site: Kind of site, such as post_point; "" for units and directives.
        levels: Levels of the units in whose scope the report is filed.
    """

    kind: SubjectKind
    site: str
    levels: tuple[str, ...]


class Timing(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How often it is reported.

    Attributes:
        occasion: Once a period; a profile kept current (one a subject); the progress of a directive (one a subject
            and directive); or an event (any number, each with a random id).
        regime, kind: Of the period; "" otherwise.
    """

    occasion: Occasion
    regime: str = ""
    kind: str = ""


class Section(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A group of fields that is shown together."""

    name: str
    label: Words


class Form(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a form.

    Attributes:
        layout: `FORM_LAYOUT`.
        family: What stays the same over versions; part of the id of derived records.
        version: From 1, for people; the id alone tells two versions apart.
        title: Its name.
        directives: Codes of the tasks that it reports on.
        restricted: Every record of it is filed in the restricted scope.
    """

    layout: Literal[1] = FORM_LAYOUT
    family: str
    version: int
    title: Words
    directives: tuple[str, ...]
    subject: Subject
    timing: Timing
    restricted: bool = False
    sections: tuple[Section, ...] = ()
    fields: tuple[Field, ...]

    def to_value(self) -> list[object]:
        """Return the array that travels in the authority entry."""
        return to_value(self)

    @classmethod
    def from_value(cls, value: object) -> "Form":
        """Return the form whose array is `value`.

        Raises:
            ProtocolError: It is none of this layout.
        """
        return from_value(value, cls)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or null."""
        return next((field for field in self.fields if field.name == name), None)


def form_id(form: Form) -> bytes:
    """Return the 16 bytes that name a form: SPEC B5."""
    return ids.form_id(form.to_value())


def merge_of(kind: Kind, origin: Origin) -> Merge:
    """Return the operation by which a field of that type and class is stated."""
    if origin == "calc":
        return "none"
    if kind in {"selN", "photo", "rows"}:
        return "add"
    return "count" if origin == "tally" else "put"


def display_of(origin: Origin) -> Display:
    """Return the usual display of a conflict: a state shows its latest value, a stated figure shows none."""
    return "unresolved" if origin in {"ptotal", "mvreg", "base"} else "latest"


def derived_from(
    form: Form, *, site: bytes | None, directive: str | None, period: bytes | None
) -> tuple[str, bytes | None, str | None, bytes | None] | None:
    """Return the preimage of a record's id (SPEC O4), or null if the form's records have random ids.

    The directive belongs to it only if the form is about one: a report that serves two tasks is one record. The
    subject is the site, or null for the unit of the scope.

    Raises:
        ValueError: What the form needs is missing: the site, the directive or the period.
    """
    if form.timing.occasion == "event":
        return None
    needs = {
        "site": form.subject.kind == "site",
        "directive": form.subject.kind == "directive",
        "period": form.timing.occasion == "period",
    }
    for name, given in (("site", site), ("directive", directive), ("period", period)):
        if needs[name] and given is None:
            raise ValueError(f"{form.family} is reported for a {name}")
    return (
        form.family,
        site if needs["site"] else None,
        directive if needs["directive"] else None,
        period if needs["period"] else None,
    )


def restricted_names(form: Form) -> frozenset[str]:
    """Return the fields that are filed in the restricted scope: all of a restricted form, else those marked so."""
    return frozenset(field.name for field in form.fields if form.restricted or field.restricted)


def row_key(field: Field, cells: dict[str, object]) -> tuple[str, ...] | None:
    """Return the natural key of a row, from which its id is derived, or null if it has none (SPEC O5).

    Texts are compared by `match_key`, so that "Ấp Hoà Lợi" and "ấp Hòa Lợi" are one row. A key that is incomplete,
    or longer than an identifier may be, is none: such a row takes a random id.
    """
    values = [cells.get(name) for name in field.key]
    if not values or not all(isinstance(value, str) and value for value in values):
        return None
    kinds = {cell.name: cell.kind for cell in field.cells}
    key = tuple(
        match_key(str(value)) if kinds.get(name) == "text" else str(value)
        for name, value in zip(field.key, values, strict=True)
    )
    return key if sum(len(part.encode()) for part in key) <= IDENTIFIER_BYTES_MAX else None
