"""Directives: the tasks that a paper gives, word for word, with what readers have added kept apart from it.

Nothing in a directive is corrected silently: `quote` is the paper's text, `annotations` say what seems odd, and
`lead_inferred` that the paper names no one for the task. A horizon is what the paper says; a due date is another
thing, is null unless the paper sets one, and may differ for each unit to which the task is assigned.
"""

import re
from collections.abc import Mapping

import msgspec

from haidang_protocol import canonical, ids
from haidang_protocol.definitions.tables import TableError, read_table
from haidang_protocol.definitions.values import from_value, to_value
from haidang_protocol.definitions.words import Words

DIRECTIVE_COLUMNS = (
    "id", "parent_id", "source_section", "sector", "title_vi", "title_en", "modality", "lead_vi", "coord_vi",
    "action_output_vi", "output_type", "decision_maker_vi", "horizon_vi", "deadline_date", "amount_vnd", "legal_bases",
    "field_reporters", "record_level", "channel", "form_id", "related_ids", "quote_vi", "notes",
)  # fmt: skip
ANNOTATION_COLUMNS = ("directive", "kind", "text_vi", "text_en")
LEAD_INFERRED = "lead_inferred"
"""Kind of the annotation that says that the paper names no lead."""

_OUTSIDE_PARENTHESES = re.compile(r";\s*(?![^(]*\))")


class Annotation(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A reader's remark on a directive, or, with the code of the paper, on the whole of it."""

    directive: str
    kind: str
    text: Words


class Directive(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """One task.

    Attributes:
        code: Its name everywhere, such as TB171-2.1a.
        parent: Code of the task that it details, or null.
        section, sector: Where it stands in the paper, and its field of work.
        title: Short name.
        modality: The paper's verb: yêu cầu, giao, đề nghị, …
        leads: Bodies that answer for it; several are equal.
        coordinators: Bodies that take part.
        action: What is asked for; `output_type` is its kind.
        decision_maker: Who decides on the outcome.
        horizon: The paper's words on time.
        due: Date set by the paper, or null.
        amount: Đồng named by the paper, or null.
        legal_bases: Papers that it rests on.
        reporters: Who reports in the field.
        record_level: What one record is about.
        channel: `field`, `paper`, `both`, `derived` or `restricted`.
        forms: Families of forms that report on it.
        related: Codes of tasks on the same subject.
        quote: The paper's words.
        notes: A reader's notes.
        lead_inferred: The paper names no lead; `leads` says who is meant.
        annotations: Remarks.
    """

    code: str
    parent: str | None
    section: str
    sector: str
    title: Words
    modality: str
    leads: tuple[str, ...]
    coordinators: tuple[str, ...]
    action: str
    output_type: str
    decision_maker: str
    horizon: str
    due: str | None
    amount: int | None
    legal_bases: tuple[str, ...]
    reporters: str
    record_level: str
    channel: str
    forms: tuple[str, ...]
    related: tuple[str, ...]
    quote: str
    notes: str
    lead_inferred: bool
    annotations: tuple[Annotation, ...]

    def to_value(self) -> list[object]:
        """Return the array that travels in the authority entry."""
        return to_value(self)

    @classmethod
    def from_value(cls, value: object) -> "Directive":
        """Return the directive whose array is `value`.

        Raises:
            ProtocolError: It is none.
        """
        return from_value(value, cls)


def directive_id(code: str) -> bytes:
    """Return the 16 bytes of the record in which a directive of that code is published."""
    return ids.digest("haidang/directive/1", canonical.encode([code]))[: ids.ID16]


def read_annotations(text: str) -> tuple[Annotation, ...]:
    """Return the remarks of a CSV table.

    Raises:
        TableError: The table has other columns.
    """
    rows = read_table(text, ANNOTATION_COLUMNS)
    return tuple(
        Annotation(row["directive"], row["kind"], Words(row["text_vi"], row["text_en"])) for row in rows
    )


def read_directives(text: str, annotations: tuple[Annotation, ...] = ()) -> tuple[Directive, ...]:
    """Return the directives of a CSV table, with their annotations.

    Raises:
        TableError: The table has other columns, an amount is no number, or a code is given twice or missing.
    """
    directives = tuple(_directive(row, annotations) for row in read_table(text, DIRECTIVE_COLUMNS))
    codes = [directive.code for directive in directives]
    referred = {code for each in directives for code in (*each.related, *filter(None, [each.parent]))}
    if len(set(codes)) != len(codes) or not referred.issubset(codes):
        raise TableError(f"codes twice or missing: {sorted(referred.difference(codes)) or codes}")
    return directives


def _directive(row: Mapping[str, str], annotations: tuple[Annotation, ...]) -> Directive:
    own = tuple(annotation for annotation in annotations if annotation.directive == row["id"])
    try:
        amount = int(row["amount_vnd"]) if row["amount_vnd"] else None
    except ValueError as error:
        raise TableError(f"{row['id']}: {error}") from error
    return Directive(
        code=row["id"],
        parent=row["parent_id"] or None,
        section=row["source_section"],
        sector=row["sector"],
        title=Words(row["title_vi"], row["title_en"]),
        modality=row["modality"],
        leads=_parts(row["lead_vi"]),
        coordinators=_parts(row["coord_vi"]),
        action=row["action_output_vi"],
        output_type=row["output_type"],
        decision_maker=row["decision_maker_vi"],
        horizon=row["horizon_vi"],
        due=row["deadline_date"] or None,
        amount=amount,
        legal_bases=_parts(row["legal_bases"]),
        reporters=row["field_reporters"],
        record_level=row["record_level"],
        channel=row["channel"],
        forms=tuple(filter(None, row["form_id"].split(","))),
        related=_parts(row["related_ids"]),
        quote=row["quote_vi"],
        notes=row["notes"],
        lead_inferred=any(annotation.kind == LEAD_INFERRED for annotation in own),
        annotations=own,
    )


def _parts(text: str) -> tuple[str, ...]:
    """Split at semicolons, except inside parentheses."""
    return tuple(part.strip() for part in _OUTSIDE_PARENTHESES.split(text) if part.strip())
