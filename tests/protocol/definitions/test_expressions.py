from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from haidang_protocol.definitions.expression_text import compile_expression, show_expression
from haidang_protocol.definitions.expression_values import Context, evaluate, half_away_from_zero
from haidang_protocol.definitions.expressions import (
    DEPTH_MAX,
    ExpressionError,
    check_tree,
    decode_tree,
    encode_tree,
    references,
    subtrees,
)
from haidang_protocol.definitions.patterns import MATCHED_TEXT_MAX, is_pattern
from tests.protocol.definitions.expression_strategies import HALF, contexts, operands, trees

NOTHING = Context(values={})


def is_tree(tree: Any) -> bool:
    try:
        check_tree(tree)
    except ExpressionError:
        return False
    return True


def result(text: str, **values: Any) -> Any:
    return evaluate(compile_expression(text), Context(values=values))


@given(trees)
def test_a_tree_shown_as_text_compiles_to_itself(tree: Any) -> None:
    assume(is_tree(tree))
    assert compile_expression(show_expression(tree)) == tree


@given(trees)
def test_a_tree_encoded_decodes_to_itself_and_stays_within_the_depth(tree: Any) -> None:
    assume(is_tree(tree))
    assert decode_tree(encode_tree(tree)) == tree
    assert depth(tree) <= DEPTH_MAX


@given(trees, contexts)
def test_every_tree_has_a_value_in_every_context(tree: Any, context: Context) -> None:
    assume(is_tree(tree))
    value = evaluate(tree, context)
    assert value not in ("", [], ())
    assert not (isinstance(value, Fraction) and value.denominator == 1)


@given(operands, operands)
def test_equality_is_total_and_its_opposite_is_its_opposite(left: Any, right: Any) -> None:
    equal = result("${l} = ${r}", l=left, r=right)
    assert isinstance(equal, bool)
    assert result("${l} != ${r}", l=left, r=right) is not equal
    assert result("${r} = ${l}", l=left, r=right) is equal


@given(st.fractions(-1000, 1000), st.integers(0, 3))
def test_rounding_moves_by_no_more_than_half_and_halves_go_away_from_zero(
    number: Fraction, digits: int
) -> None:
    rounded = half_away_from_zero(number, digits)
    distance = abs(rounded - number * 10**digits)
    assert distance <= HALF
    assert distance != HALF or abs(rounded) > abs(number * 10**digits)


@given(st.fractions(-100, 100), st.fractions(-10, 10).filter(bool))
def test_a_remainder_has_the_sign_of_the_dividend_and_completes_the_quotient(
    a: Fraction, b: Fraction
) -> None:
    remainder = result("${a} mod ${b}", a=a, b=b)
    assert abs(remainder) < abs(b)
    assert remainder == 0 or (remainder > 0) == (a > 0)
    assert result("int(${a} div ${b}) * ${b} + ${a} mod ${b}", a=a, b=b) == a


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unexpected"),
        ("${a} >> 1", "unexpected"),
        ("1 = 2 = 3", "chained"),
        ("a", "unexpected"),
        ("pulldata('x')", "no function"),
        ("true(1)", "no function"),
        ("if(1, 2)", "with 2 arguments"),
        ("${A}", "cannot read"),
        ("'never ends", "cannot read"),
        ("regex(., ${p})", "pattern"),
        ("regex(., '(a+)+b')", "pattern"),
        ("9007199254740993", "out of range"),
        ("(" * 40 + "1" + ")" * 40, "open parentheses"),
        ("-" * 40 + "${a}", "open parentheses"),
        ("1" * 2001, "longer than"),
        ("not(" * 9 + "true()" + ")" * 9, "nested more than"),
        ("(1", "expected before"),
        ("sum(1 2)", "expected before"),
        ("1 2", "unexpected '2'"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(ExpressionError, match=why):
        compile_expression(text)


@pytest.mark.parametrize(
    "tree",
    [
        ("ref", "Not a name"),
        ("each", "rows", ""),
        ("text", ""),
        ("text", "o\u0302"),
        ("text", "both ' and \""),
        ("dec", 10, 1),
        ("dec", 5, 0),
        ("and", True, ("and", True, False)),
        ("neg", 3),
        ("unheard-of", 1),
        ("=", 1),
        2**53,
        "a bare text",
        1.5,
        (),
        ("+", *range(40)),
    ],
)
def test_what_the_compiler_never_makes_is_no_tree(tree: Any) -> None:
    with pytest.raises(ExpressionError):
        check_tree(tree)


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x91" * 2000, b"\xcc\x01", b"\x80", b"\x93\xa1=\x01\x02\x00"]
)
def test_bytes_that_hold_no_tree_are_refused(data: bytes) -> None:
    with pytest.raises(ExpressionError):
        decode_tree(data)


@pytest.mark.parametrize(
    "text", ["${a} div 0 + 1", "1 + ${a} div 0", "'x' + 1", "1 + 'x'", "true() + 1", "${none} + 1", "-'x'"]
)
def test_reckoning_with_what_is_no_number_gives_nothing(text: str) -> None:
    assert result(text, a=1) is None


@pytest.mark.parametrize("text", ["days(${a})", "days(${none})", "minutes(${a})"])
def test_what_is_no_date_has_no_days(text: str) -> None:
    assert result(text, a=7) is None


def test_references_are_named_with_their_rows() -> None:
    tree = compile_expression("sum(${fund.share}) + ${a} > if(${b} = 'ref', 1, 2)")
    assert references(tree) == {"fund.share", "a", "b"}
    assert ("ref", "b") in subtrees(tree)


def test_a_cell_of_the_row_hides_a_field_of_the_same_name_even_if_it_is_empty() -> None:
    tree = compile_expression("${a}")
    assert evaluate(tree, Context(values={"a": 1}, row={"a": None})) is None
    assert evaluate(tree, Context(values={"a": 1}, row={"b": 2})) == 1


@pytest.mark.parametrize(
    "pattern", ["[a-z]*[a-z]*[a-z]*(!)?", "a?a?a?a?a?a?a?a?[a-z]*[a-z]*!", "(a|a)?(a|a)?a+a+a+!"]
)
def test_the_worst_of_the_allowed_patterns_end_quickly(pattern: str) -> None:
    tree = compile_expression(f"regex(., '{pattern}')")
    assert evaluate(tree, Context(values={}, this="a" * MATCHED_TEXT_MAX)) is ("(!)?" in pattern)
    assert evaluate(tree, Context(values={}, this="a" * (MATCHED_TEXT_MAX + 1))) is None


@pytest.mark.parametrize(
    "pattern",
    ["", "a" * 201, "(", "a)", "()", "(?:a)", "(a)+", "(a)*", "(a){2}", "a**", "a*?", "a{1,2}+", "[a", "[^a]", "[a&&b]",
     "[Z-A]", "a{3,2}", "\\d", ".", "^a", "a$", "a*a*a*a*", "a?" * 9],
)  # fmt: skip
def test_patterns_that_two_languages_might_read_apart_or_slowly_are_refused(pattern: str) -> None:
    assert not is_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["a", "A2[abc]|A1b", "[0-9]+\\/(QĐ|TB)-[A-Z]+", "0[0-9]{9}", "(a(b)?|c)?", "[A-Z0-9-]{2,20}"]
)
def test_patterns_that_forms_need_are_allowed(pattern: str) -> None:
    assert is_pattern(pattern)


def depth(tree: Any) -> int:
    return 1 + max((depth(part) for part in tree), default=0) if isinstance(tree, tuple) else 0
