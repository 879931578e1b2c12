import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.directives import (
    DIRECTIVE_COLUMNS,
    Annotation,
    Directive,
    directive_id,
    read_annotations,
    read_directives,
)
from haidang_protocol.definitions.tables import TableError
from haidang_protocol.definitions.words import Words

HEADER = ",".join(DIRECTIVE_COLUMNS) + "\n"
texts = st.text("aăđê ơ0;", max_size=8)
words = st.builds(Words, texts, texts)
many = st.lists(texts, max_size=2).map(tuple)
directives = st.builds(
    Directive, code=texts, parent=st.none() | texts, section=texts, sector=texts, title=words, modality=texts, leads=many,
    coordinators=many, action=texts, output_type=texts, decision_maker=texts, horizon=texts, due=st.none() | texts,
    amount=st.none() | st.integers(0, 10**12), legal_bases=many, reporters=texts, record_level=texts, channel=texts,
    forms=many, related=many, quote=texts, notes=texts, lead_inferred=st.booleans(),
    annotations=st.lists(st.builds(Annotation, texts, texts, words), max_size=2).map(tuple),
)  # fmt: skip


def row(**cells: str) -> str:
    return ",".join(f'"{cells.get(column, "")}"' for column in DIRECTIVE_COLUMNS) + "\n"


@given(directives)
def test_a_directive_survives_its_array(directive: Directive) -> None:
    assert Directive.from_value(directive.to_value()) == directive


def test_semicolons_part_bodies_except_inside_parentheses() -> None:
    text = HEADER + row(id="D1", lead_vi="Sở A; Sở B", legal_bases="(không dẫn số; Đề án 982); Luật Báo chí")
    (directive,) = read_directives(text)
    assert directive.leads == ("Sở A", "Sở B")
    assert directive.legal_bases == ("(không dẫn số; Đề án 982)", "Luật Báo chí")
    assert (directive.due, directive.amount, directive.parent) == (None, None, None)


def test_an_inferred_lead_is_an_annotation_and_a_mark() -> None:
    annotations = read_annotations(
        "directive,kind,text_vi,text_en\nD1,lead_inferred,Suy ra,Inferred\nD2,typo,Lỗi,Typo\n"
    )
    one, other = read_directives(HEADER + row(id="D1") + row(id="D2", amount_vnd="700000000"), annotations)
    assert (one.lead_inferred, other.lead_inferred) == (True, False)
    assert [annotation.kind for annotation in other.annotations] == ["typo"]
    assert other.amount == 700_000_000


@pytest.mark.parametrize(
    "rows",
    [
        row(id="D1") + row(id="D1"),
        row(id="D1", parent_id="D0"),
        row(id="D1", related_ids="D2"),
        row(id="D1", amount_vnd="7 tỷ"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(rows: str) -> None:
    with pytest.raises(TableError):
        read_directives(HEADER + rows)


@given(texts, texts)
def test_a_directive_is_published_in_the_record_of_its_code(one: str, other: str) -> None:
    assert (directive_id(one) == directive_id(other)) == (one == other)
    assert len(directive_id(one)) == 16
