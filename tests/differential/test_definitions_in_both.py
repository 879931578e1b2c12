"""Expressions have the same value in Python and TypeScript, texts the same keys, forms the same ids."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.definitions import text
from haidang_protocol.definitions.expression_values import Context, evaluate
from haidang_protocol.definitions.expressions import ExpressionError, decode_tree, encode_tree
from haidang_protocol.definitions.forms import Form, form_id
from haidang_protocol.errors import ProtocolError
from tests.differential.spoiling import reshaped, scribbled
from tests.differential.typescript import Harness
from tests.protocol.definitions.expression_strategies import contexts, trees
from tests.protocol.definitions.form_strategies import forms
from tests.protocol.definitions.test_expressions import is_tree

pytestmark = pytest.mark.unmeasured

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặèẻẽéẹỳỷỹýỵưừửữứựĐÐƉđðɖAHOÀ \u00a0\t-–−\u00ad09a\u0300\u0301\u0323\u0302."
FUNCTIONS: dict[str, Callable[[str], str]] = {
    "nfc": text.nfc,
    "fold": text.fold,
    "matchKey": text.match_key,
    "sortKey": text.sort_key,
    "personSortKey": text.person_sort_key,
}
SPOILT = 8
"""Spoilt copies tried of each."""

shared_harness = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def shown(value: Any) -> Any:
    """An operand as the harness takes and tells it: numbers as {"num": "n/d"}."""
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return {"num": f"{Fraction(value).numerator}/{Fraction(value).denominator}"}
    if isinstance(value, Mapping):
        return {name: shown(each) for name, each in value.items()}
    return [shown(each) for each in value] if isinstance(value, list | tuple) else value


def context_shown(context: Context) -> dict[str, Any]:
    return {
        "values": shown(context.values),
        "this": shown(context.this),
        "row": None if context.row is None else shown(context.row),
        "position": context.position,
        "today": context.today,
        "period_days": context.period_days,
    }


@given(st.lists(st.tuples(trees.filter(is_tree), contexts), min_size=1, max_size=5))
@shared_harness
def test_expressions_have_the_same_value(typescript: Harness, cases: list[tuple[Any, Context]]) -> None:
    asked = [[encode_tree(tree).hex(), context_shown(context)] for tree, context in cases]
    assert typescript.ask(evaluate=asked) == [shown(evaluate(tree, context)) for tree, context in cases]


def is_one(data: bytes) -> bool:
    """Whether bytes are an expression."""
    try:
        decode_tree(data)
    except ExpressionError:
        return False
    return True


@given(
    trees.filter(lambda tree: isinstance(tree, tuple) and is_tree(tree)), st.randoms(use_true_random=False)
)
@shared_harness
def test_the_same_bytes_are_expressions(typescript: Harness, tree: Any, random: Random) -> None:
    whole = encode_tree(tree)
    tried = [
        whole,
        *(reshaped(random, whole) for _ in range(SPOILT)),
        *(scribbled(random, whole) for _ in range(SPOILT)),
    ]
    assert typescript.ask(trees=[each.hex() for each in tried]) == [is_one(each) for each in tried]
    assert is_one(whole)


def test_no_expression_is_one_in_either_language(typescript: Harness) -> None:
    bad_utf8 = b"\x92\xa4text\xa1\xff"
    trees = [bad_utf8, *(canonical.encode(["dec", *figures]) for figures in ((True, 1), (1, True), (1, 1)))]
    assert [is_one(each) for each in trees] == [False, False, False, True]
    assert typescript.ask(trees=[each.hex() for each in trees]) == [False, False, False, True]


@given(st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=8))
@shared_harness
def test_texts_have_the_same_keys(typescript: Harness, texts: list[str]) -> None:
    asked = [(name, each) for name in FUNCTIONS for each in texts]
    assert typescript.ask(texts=asked) == [FUNCTIONS[name](each) for name, each in asked]


def identity(data: bytes) -> str:
    """The id of a form, or the code of its refusal."""
    try:
        return form_id(Form.from_value(canonical.decode(data))).hex()
    except ProtocolError as error:
        return error.code


@given(forms, st.randoms(use_true_random=False))
@shared_harness
def test_forms_have_the_same_ids(typescript: Harness, form: Form, random: Random) -> None:
    whole = canonical.encode(form)
    tried = [whole, *(reshaped(random, whole) for _ in range(SPOILT))]
    assert typescript.ask(forms=[each.hex() for each in tried]) == [identity(each) for each in tried]
    assert identity(whole) == form_id(form).hex()


@pytest.mark.parametrize("text", ["", "wA==", "wA"])
def test_a_text_in_the_place_of_an_expression_is_refused_alike(typescript: Harness, text: str) -> None:
    label = ["Số", "Number"]
    rest = [["none", []], [], text, None, None, None, None, "", False, False, "", [], []]
    field = ["so", "int", 0, label, None, None, "reg", "put", "latest", *rest]
    form = [1, "X", 1, label, [], ["unit", "", []], ["event"], False, [], [field]]
    data = canonical.encode(form)
    assert typescript.ask(forms=[data.hex()]) == [identity(data)] == ["malformed"]


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_field_that_ends_early_is_taken_alike(typescript: Harness, cut: int) -> None:
    label = ["Số", "Number"]
    rest = [["none", []], [], None, None, None, None, None, "", False, False, "", [], []]
    field = ["so", "int", 0, label, None, None, "reg", "put", "latest", *rest[:-cut]]
    form = [1, "X", 1, label, [], ["unit", "", []], ["event"], False, [], [field]]
    data = canonical.encode(form)
    assert typescript.ask(forms=[data.hex()]) == [identity(data)]
