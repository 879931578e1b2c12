from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.expression_text import compile_expression
from haidang_protocol.definitions.expressions import encode_tree
from haidang_protocol.definitions.form_answers import (
    Circumstances,
    calculate,
    completeness,
    relevant_answers,
    role_flags,
    validate,
)
from haidang_protocol.definitions.form_values import attachment_element, attachment_of, misfit, operand_of
from haidang_protocol.definitions.forms import Choice, Field, Kind, merge_of
from haidang_protocol.definitions.words import Words
from haidang_protocol.errors import ProtocolError
from haidang_protocol.limits import IDENTIFIER_BYTES_MAX
from tests.protocol.definitions.test_definition_vectors import sample_form

FORM = sample_form()
PHOTO = [b"\x01" * 32, 2048, "image/webp"]
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=4) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
answers = st.fixed_dictionaries(
    {},
    optional={
        "op_status": st.sampled_from(["HD", "NG", "XX"]) | anything,
        "hours": st.integers(-10, 300) | anything,
        "issue": st.lists(
            st.fixed_dictionaries({}, optional={"issue_kind": anything, "issue_text": anything})
        )
        | anything,
        "revenue": anything,
        "later": anything,
    },
)


@given(answers)
def test_no_answers_are_refused_and_every_flag_has_words(given_answers: dict[str, Any]) -> None:
    circumstances = Circumstances(today="2019-03-14", period_days=28)
    for flag in validate(FORM, given_answers, circumstances):
        assert flag.message.vi
        assert flag.message.en
        assert flag.field in given_answers or flag.code == "required"
    answered, asked = completeness(FORM, given_answers, circumstances)
    assert 0 <= answered <= asked <= len(FORM.fields)


@given(answers)
def test_leaving_out_what_does_not_apply_changes_no_calculation_and_no_other_flag(
    given_answers: dict[str, Any],
) -> None:
    kept = relevant_answers(FORM, given_answers)
    assert calculate(FORM, kept) == calculate(FORM, given_answers)
    others = [flag for flag in validate(FORM, given_answers) if flag.code != "irrelevant"]
    assert validate(FORM, kept) == others
    assert relevant_answers(FORM, kept) == kept


def test_rows_that_do_not_apply_are_flagged_once_and_not_row_by_row() -> None:
    gone = encode_tree(compile_expression("${op_status} = 'HD'"))
    fields = tuple(
        msgspec.structs.replace(field, relevant=gone) if field.name == "issue" else field
        for field in FORM.fields
    )
    form = msgspec.structs.replace(FORM, fields=fields)
    flags = validate(form, {"op_status": "NG", "issue": [{"issue_text": "Mất điện"}, {}]})
    assert [(flag.field, flag.row, flag.code) for flag in flags] == [("issue", None, "irrelevant")]


def field(kind: Kind, size: int = 0) -> Field:
    return Field(
        name="a",
        kind=kind,
        size=size,
        label=Words("A", "A"),
        origin="reg",
        merge=merge_of(kind, "reg"),
        display="latest",
        choices=(Choice("A", "a", "a"), Choice("B", "b", "b")) if kind in {"sel1", "selN"} else (),
    )


@pytest.mark.parametrize(
    ("kind", "size", "value"),
    [
        ("int", 0, 0), ("money", 0, 700_000_000), ("dec", 2, -350), ("bool", 0, False), ("text", 3, "hòa"),
        ("date", 0, "2019-02-18"), ("datetime", 0, "2019-02-18T09:30"), ("sel1", 0, "A"), ("selN", 0, {"A", "B"}),
        ("geo", 0, [104_400_000, 1_038_500_000, 12]), ("photo", 1, [PHOTO]), ("rows", 0, [{}]),
    ],
)  # fmt: skip
def test_a_value_of_its_type_fits(kind: Kind, size: int, value: Any) -> None:
    assert misfit(field(kind, size), value) is None
    assert operand_of(field(kind, size), value) is not None


@pytest.mark.parametrize(
    ("kind", "size", "value", "how"),
    [
        ("int", 0, True, "kind"), ("int", 0, "4", "kind"), ("int", 0, 2**53, "kind"), ("dec", 1, 0.5, "kind"),
        ("bool", 0, 1, "kind"), ("text", 9, "o\u0302", "kind"), ("text", 2, "hòa", "size"),
        ("date", 0, "18/02/2019", "kind"), ("datetime", 0, "2019-02-18", "kind"), ("sel1", 0, "C", "choice"),
        ("selN", 0, ["A", "C"], "choice"), ("selN", 0, "A", "kind"), ("geo", 0, [1, 2], "kind"),
        ("geo", 0, [900_000_001, 0, 0], "kind"), ("geo", 0, [0, 0, -1], "kind"), ("photo", 1, [PHOTO, PHOTO], "size"),
        ("photo", 1, [[b"short", 1, "image/png"]], "kind"), ("rows", 0, [1], "kind"), ("calc", 0, 1, "unknown"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_told(kind: Kind, size: int, value: Any, how: str) -> None:
    assert misfit(field(kind, size), value) == how


@given(st.binary(min_size=32, max_size=32), st.integers(0, 25 * 1024 * 1024))
def test_an_attachment_fits_into_a_set_element_and_comes_back(digest: bytes, size: int) -> None:
    attachment = [digest, size, "image/jpeg"]
    element = attachment_element(attachment)
    assert len(element) <= IDENTIFIER_BYTES_MAX
    assert attachment_of(element) == attachment


@pytest.mark.parametrize("value", [[b"short", 1, "image/png"], [b"\x01" * 32, 1, "image/" + "x" * 30], []])
def test_what_is_no_attachment_has_no_element(value: list[Any]) -> None:
    with pytest.raises(ValueError, match="not an attachment"):
        attachment_element(value)


@pytest.mark.parametrize("element", [b"", b"\x01", b"\x93\x01\x02\x03"])
def test_an_element_of_something_else_is_no_attachment(element: bytes) -> None:
    with pytest.raises(ProtocolError):
        attachment_of(element)


def test_a_field_of_another_role_is_flagged_and_only_if_it_was_written() -> None:
    assert role_flags(FORM, ["op_status", "hours"], "reporter") == []
    assert [flag.code for flag in role_flags(FORM, ["revenue"], "reporter")] == ["role"]
    assert role_flags(FORM, ["revenue"], "district_officer") == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("if(${hours} > 10, 'tốt', 'yếu')", "tốt"),
        ("${hours} > 10", True),
        ("${hours} div 8", 250),
        ("1 div 0", None),
    ],
)
def test_a_calculation_keeps_words_as_they_are_and_numbers_as_scaled_integers(text: str, kept: Any) -> None:
    stated = next(field for field in FORM.fields if field.name == "hours")
    hours = msgspec.structs.replace(stated, relevant=None, required=None)
    result = msgspec.structs.replace(
        hours, name="result", kind="calc", size=2, calculation=encode_tree(compile_expression(text))
    )
    form = msgspec.structs.replace(FORM, fields=(hours, result))
    hours_kept = 20 * 10**hours.size if hours.kind == "dec" else 20
    found = calculate(form, {"hours": hours_kept}, Circumstances(today="2019-03-14", period_days=28))
    assert found.get("result") == kept
    assert type(found.get("result")) is type(kept)
