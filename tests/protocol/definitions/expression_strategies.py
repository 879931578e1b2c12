"""Trees as the compiler makes them, and contexts for them."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from haidang_protocol.definitions.expression_values import Context
from haidang_protocol.definitions.expressions import NESTABLE, Tree, is_form

NAMES = ("a", "b", "c_1")
UNARY = (
    "not",
    "count-selected",
    "string-length",
    "int",
    "number",
    "days",
    "minutes",
    "year",
    "accuracy",
    "count",
)
BINARY = ("-", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "selected", "round")
MANY = ("coalesce", "sum", "min", "max")

plain_texts = st.text(
    st.characters(codec="ascii", exclude_characters="\"'", min_codepoint=32), min_size=1, max_size=8
)
numbers = st.integers(-(10**6), 10**6)
decimals = st.tuples(st.just("dec"), numbers.filter(lambda number: number % 10 != 0), st.integers(1, 4))
names = st.sampled_from(NAMES)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    decimals,
    st.tuples(st.just("text"), plain_texts),
    st.tuples(st.just("ref"), names),
    st.tuples(st.just("each"), st.just("rows"), names),
    st.sampled_from([("this",), ("today",), ("position",), ("period-days",)]),
)


def joined(operator: str, operands: list[Tree]) -> Tree:
    parts: list[Tree] = []
    for operand in operands:
        parts += operand[1:] if is_form(operand, operator) else (operand,)
    return (operator, *parts)


def negated(operand: Tree) -> Tree:
    is_number = (isinstance(operand, int) and not isinstance(operand, bool)) or is_form(operand, "dec")
    return ("not", operand) if is_number else ("neg", operand)


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(joined, st.sampled_from(sorted(NESTABLE)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(negated, inner),
        st.tuples(st.sampled_from(UNARY), inner),
        st.tuples(st.sampled_from(BINARY), inner, inner),
        st.tuples(st.just("if"), inner, inner, inner),
        st.builds(
            lambda name, operands: (name, *operands),
            st.sampled_from(MANY),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.tuples(st.just("regex"), inner, st.just(("text", "[A-Z]{2}(-[0-9]+)?"))),
    )


trees: st.SearchStrategy[Any] = st.recursive(leaves, grown, max_leaves=6)

operands: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 100),
    st.fractions(-50, 50, max_denominator=12),
    st.sampled_from(["", "HD", "AB-1", "2019-02-18", "2019-02-18T10:30", "-12.50", "hòa"]),
    st.lists(st.sampled_from(["THU", "KIEN"]), max_size=2),
    st.tuples(st.integers(), st.integers(), st.integers(0, 100)),
)
rows = st.lists(st.dictionaries(names, operands, max_size=3), max_size=3)
contexts = st.builds(
    lambda values, rows, this, row, position, today, days: Context(
        values={**values, "rows": rows}, this=this, row=row, position=position, today=today, period_days=days
    ),
    st.dictionaries(names, operands),
    rows,
    operands,
    st.none() | st.dictionaries(names, operands),
    st.none() | st.integers(1, 9),
    st.none() | st.just("2019-02-28"),
    st.none() | st.integers(28, 366),
)
HALF = Fraction(1, 2)
