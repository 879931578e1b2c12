"""The vectors that Python and TypeScript both run: text, expressions, answers, forms and periods."""

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from haidang_protocol import canonical
from haidang_protocol.definitions import text
from haidang_protocol.definitions.expression_text import compile_expression, show_expression
from haidang_protocol.definitions.expression_values import Context, evaluate
from haidang_protocol.definitions.expressions import decode_tree
from haidang_protocol.definitions.form_answers import (
    Circumstances,
    calculate,
    completeness,
    relevant_answers,
    validate,
)
from haidang_protocol.definitions.form_json import read_form
from haidang_protocol.definitions.forms import Form, form_id
from haidang_protocol.definitions.periods import period_id

VECTORS = Path(__file__).parents[3] / "protocol" / "vectors"


def cases(name: str) -> list[Any]:
    found: list[Any] = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in found]


def sample_form() -> Form:
    case = json.loads((VECTORS / "definitions.json").read_text())["cases"][0]
    return Form.from_value(canonical.decode(bytes.fromhex(case["bytes"])))


def operand(value: Any) -> Any:
    if isinstance(value, list):
        return [operand(element) for element in value]
    if isinstance(value, dict):
        if set(value) == {"num"}:
            return Fraction(*value["num"])
        return {name: operand(part) for name, part in value.items()}
    return value


@pytest.mark.parametrize("case", cases("expressions"))
def test_an_expression_has_the_stated_value(case: Any) -> None:
    tree = decode_tree(bytes.fromhex(case["bytes"]))
    found = evaluate(tree, Context(**operand(case["context"])))
    expected = operand(case["result"])
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("case", cases("expressions"))
def test_an_expression_compiles_to_the_stated_tree(case: Any) -> None:
    tree = compile_expression(case["expression"])
    assert tree == decode_tree(bytes.fromhex(case["bytes"]))
    assert compile_expression(show_expression(tree)) == tree


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "nfc": text.nfc,
    "fold": text.fold,
    "match_key": text.match_key,
    "sorted": lambda names: sorted(names, key=text.sort_key),
    "sorted_people": lambda names: sorted(names, key=text.person_sort_key),
    "format_number": text.format_number,
    "parse_number": text.parse_number,
    "format_date": text.format_date,
    "format_long_date": text.format_long_date,
    "parse_date": text.parse_date,
}


@pytest.mark.parametrize("case", cases("text"))
def test_text_is_treated_as_stated(case: Any) -> None:
    function = FUNCTIONS[case["function"]]
    if case.get("error"):
        with pytest.raises(ValueError, match=r"not a|more than"):
            function(*case["arguments"])
    else:
        assert function(*case["arguments"]) == case["result"]


@pytest.mark.parametrize("case", cases("answers"))
def test_answers_are_read_as_stated(case: Any) -> None:
    form, answers = sample_form(), case["answers"]
    circumstances = Circumstances(today=case["today"], period_days=case["period_days"])
    flags = [[flag.field, flag.row, flag.cell, flag.code] for flag in validate(form, answers, circumstances)]
    assert flags == case["flags"]
    assert calculate(form, answers, circumstances) == case["calculated"]
    assert sorted(relevant_answers(form, answers, circumstances)) == case["relevant"]
    assert list(completeness(form, answers, circumstances)) == case["completeness"]


@pytest.mark.parametrize("case", cases("definitions"))
def test_a_definition_has_the_stated_bytes_and_id(case: Any) -> None:
    if "form" in case:
        form = read_form(json.dumps(case["form"]))
        assert canonical.encode(form).hex() == case["bytes"]
        assert form_id(form).hex() == case["id16"]
    else:
        assert period_id(case["regime"], case["kind"], case["start"]).hex() == case["id16"]


def test_the_derived_parts_of_the_vectors_are_fresh() -> None:
    command = [sys.executable, str(VECTORS / "definitions.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["answers", "definitions", "expressions", "text"])
def test_every_case_has_its_own_id_and_says_what_it_is_for(name: str) -> None:
    found = [parameter.values[0] for parameter in cases(name)]
    assert len({case["id"] for case in found}) == len(found)
    assert all(case["comment"] for case in found)
