from typing import Any

import msgspec
import pytest

from haidang_protocol.definitions.expression_text import compile_expression
from haidang_protocol.definitions.expressions import encode_tree
from haidang_protocol.definitions.form_problems import form_problems
from haidang_protocol.definitions.forms import Choice, Field, Form, Rollup, Subject, Timing
from haidang_protocol.definitions.words import Words
from tests.protocol.definitions.test_definition_vectors import sample_form

ABOUT = Words("Nhãn", "Label")


def compiled(text: str) -> bytes:
    return encode_tree(compile_expression(text))


def field(name: str = "extra", **attributes: Any) -> Field:
    plain: dict[str, Any] = {
        "kind": "int",
        "origin": "reg",
        "merge": "put",
        "display": "latest",
        "label": ABOUT,
    }
    return Field(name=name, **(plain | attributes))


def with_fields(*fields: Field) -> Form:
    sample = sample_form()
    return msgspec.structs.replace(sample, fields=(*sample.fields, *fields))


def messages(form: Form) -> str:
    return " | ".join(problem.message.en for problem in form_problems(form))


def test_the_sample_form_can_be_published() -> None:
    assert form_problems(sample_form()) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (field("op_status"), "used more than once"),
        (field("issue_text"), "used more than once"),
        (field("Tên"), "ASCII lower-case"),
        (field(label=Words("", "Label")), "text is missing"),
        (field(hint=Words("Gợi ý", " ")), "text is missing"),
        (field(size=3), "size must be"),
        (field(kind="text", size=0), "size must be"),
        (field(kind="text", size=4001), "size must be"),
        (field(kind="sel1"), "needs a list"),
        (field(kind="sel1", choices=(Choice("A", "a", "a"), Choice("A", "b", "b"))), "distinct codes"),
        (field(choices=(Choice("A", "a", "a"),)), "needs a list"),
        (field(kind="sel1", choices=(Choice("A" * 65, "a", "a"),)), "too long"),
        (field(kind="rows", origin="rows", merge="add"), "Rows need cells"),
        (field(kind="rows", origin="rows", merge="add", cells=(field("cell"),), key=("cell",)), "key of a row"),
        (field(origin="attach"), "does not go with"),
        (field(origin="tally"), "merge operation"),
        (field(origin="ptotal", display="latest"), "stated figure"),
        (field(calculation=compiled("1")), "A calculation needs"),
        (field(kind="calc", origin="calc", merge="none"), "A calculation needs"),
        (field(kind="calc", origin="calc", merge="none", calculation=compiled("1"), writes="reader"), "no constraints"),
        (field(constraint=compiled(". > 0")), "go together"),
        (field(message=ABOUT), "go together"),
        (field(rollup=Rollup("worst")), "cannot be rolled up"),
        (field(kind="bool", rollup=Rollup("sumST")), "cannot be rolled up"),
        (field(rollup=Rollup("sumST", ("hours",))), "cannot be rolled up"),
        (field(kind="calc", origin="calc", merge="none", calculation=compiled("1"), rollup=Rollup("ratio", ("x", "y"))),
         "two fields that are numbers"),
        (field(relevant=compiled("${nothing} = 1")), "no field"),
        (field(relevant=compiled("${issue_text} = 'a'")), "no field"),
        (field(relevant=compiled("count(${hours.x}) = 1")), "no field"),
        (field(relevant=compiled("${extra} = 1")), "stand before"),
        (field(relevant=compiled(". = 1")), "in constraints only"),
        (field(relevant=compiled("position(..) = 1")), "in rows only"),
        (field(relevant=compiled("${op_status} = 'XX'")), "no choice with code XX"),
        (field(relevant=compiled("'XX' != ${op_status}")), "no choice with code XX"),
        (field(relevant=compiled("selected(${op_status}, 'XX')")), "no choice with code XX"),
        (field(relevant=compiled("${revenue} > 0")), "is restricted"),
        (field(section="nowhere"), "no section"),
    ],
)  # fmt: skip
def test_a_field_that_should_not_be_published_is_named_with_the_reason(wrong: Field, why: str) -> None:
    assert why in messages(with_fields(wrong))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"family": ""}, "are needed"),
        ({"directives": ()}, "are needed"),
        ({"fields": ()}, "are needed"),
        ({"subject": Subject("site", "", ("commune",))}, "kind of site"),
        ({"subject": Subject("unit", "", ())}, "Levels"),
        ({"timing": Timing("period", "administrative", "")}, "kind of the period"),
        ({"timing": Timing("event", "administrative", "month")}, "kind of the period"),
        ({"title": Words("o\u0302", "o")}, "cannot be encoded"),
    ],
)
def test_a_form_that_should_not_be_published_says_why(change: dict[str, Any], why: str) -> None:
    assert why in messages(msgspec.structs.replace(sample_form(), **change))


def test_a_form_too_large_for_a_phone_is_found() -> None:
    wordy = [field(f"f{number}", label=Words("ơ" * 200, "o" * 200)) for number in range(120)]
    assert "larger than" in messages(with_fields(*wordy))


def test_a_cell_may_use_cells_before_it_and_fields_outside_but_not_the_cells_after_it() -> None:
    cells = (field("first"), field("second", relevant=compiled("${first} > 0 and ${op_status} = 'HD'")))
    good = field("extra", kind="rows", origin="rows", merge="add", cells=cells)
    assert messages(with_fields(good)) == ""
    swapped = msgspec.structs.replace(good, cells=cells[::-1])
    assert "stand before" in messages(with_fields(swapped))


def test_every_problem_is_told_in_both_languages() -> None:
    problems = form_problems(with_fields(field("Tên", size=3, relevant=compiled("${nothing} = 1"))))
    assert len(problems) == 3
    assert all(problem.message.vi and problem.message.en and problem.field == "Tên" for problem in problems)
