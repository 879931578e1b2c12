"""Expressions of forms: what they mean, in one place, for every language that evaluates them.

An expression is compiled once, from text such as ``${lost} <= ${sent} and ${sent} > 0``, into a tree of
nested arrays, at most `DEPTH_MAX` deep, that travels inside the form as MessagePack. Evaluating a tree
reads a `Context` and nothing else, never fails, and gives a value for every input.

**Values.** null, boolean, number, text, list. Numbers are exact rationals: no rounding happens unless
`round` or `int` asks for it. A list is the codes of a multiple choice, the rows of a repeat, or photos; a
position is a list of three integers. *Empty is null*: the empty text and the empty list are null, and so
is every field without a value. Null is not zero.

**Unknown stays unknown.** Arithmetic and order (`< <= > >=`) on null, or on values of the wrong kind, give
null; so does division by zero. `and`, `or`, `not` are three-valued: false and null is false, true or null
is true, else null decides. A value that is not a boolean counts as null there. `if` with a condition that
is null gives null.

**Equality is total.** `=` is true for equal numbers, equal texts, equal booleans, and null with null; for
everything else, lists included, it is false. `!=` is its opposite. So ``${x} = ''`` asks whether x is empty.
Order compares numbers with numbers, and dates with dates, as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`; other
texts have none.

**References.** ``${name}`` is a field, or inside a row a cell of that row if there is one of that name.
``${rows.cell}`` is the list of that cell's values over all rows, for `sum`, `min`, `max` and `count`. A dot
is the value under examination, in constraints.

**Functions.**

- ``if(c, a, b)``; ``coalesce(a, …)``, the first that is not null; ``true()``, ``false()``.
- ``selected(x, 'CODE')``: x is that code or contains it; false for null. ``count-selected(x)`` and
  ``count(x)``: length of the list, 0 for null, 1 for anything else.
- ``sum(…)``, ``min(…)``, ``max(…)`` over all arguments, lists opened, what is no number left out; null if
  nothing is left.
- ``round(x, digits)`` rounds halves away from zero, `digits` (0 unless given) from -9 to 9; ``int(x)`` cuts
  towards zero; ``a mod b`` is a - b * int(a div b); ``number(x)`` reads text such as -12.50, and makes 1 or
  0 of a boolean.
- ``string-length(x)``: code points, 0 for null. ``regex(x, 'pattern')``: the whole text matches; null for null
  and for a text of more than 200 code points. Which patterns there are: `patterns.py`.
- ``today()``: the date in the context, that on which the report is claimed to be saved. ``days(x)`` and
  ``minutes(x)`` since 1970 of a date or moment (minutes of a moment only), ``year(x)``; null otherwise. Days of a list
  are the list of the days of its dates.
- ``period-days()``: length of the report's period. ``position()``: place of the row, from 1.
- ``accuracy(x)``: metres, of a position.

How results are read: a constraint fails only if it is *false*; a field is relevant, or required, only if
that is *true*. An empty value is never held against a constraint.
"""

from functools import lru_cache
from typing import Any, TypeAlias, TypeGuard

import msgspec

from haidang_protocol.canonical import is_nfc
from haidang_protocol.definitions.patterns import is_pattern
from haidang_protocol.limits import INTEGER_MAX

Tree: TypeAlias = bool | int | str | tuple["Tree", ...] | None
"""A literal, or an array of an operator's name and its arguments."""

DEPTH_MAX = 8
"""Arrays within arrays, in a tree."""
TEXT_MAX = 2000
"""Characters of an expression as it is written."""
ARGUMENTS_MAX = 32
"""Arguments of one operator."""

NESTABLE = frozenset({"and", "or", "+", "*"})
"""Operators that take any number of arguments; a tree never nests one directly in itself."""

ARITY: dict[str, tuple[int, int]] = {
    "or": (2, ARGUMENTS_MAX),
    "and": (2, ARGUMENTS_MAX),
    "+": (2, ARGUMENTS_MAX),
    "*": (2, ARGUMENTS_MAX),
    "-": (2, 2),
    "div": (2, 2),
    "mod": (2, 2),
    "=": (2, 2),
    "!=": (2, 2),
    "<": (2, 2),
    "<=": (2, 2),
    ">": (2, 2),
    ">=": (2, 2),
    "neg": (1, 1),
    "this": (0, 0),
    "if": (3, 3),
    "not": (1, 1),
    "selected": (2, 2),
    "count-selected": (1, 1),
    "string-length": (1, 1),
    "regex": (2, 2),
    "coalesce": (1, ARGUMENTS_MAX),
    "round": (1, 2),
    "int": (1, 1),
    "number": (1, 1),
    "today": (0, 0),
    "days": (1, 1),
    "minutes": (1, 1),
    "year": (1, 1),
    "period-days": (0, 0),
    "sum": (1, ARGUMENTS_MAX),
    "count": (1, 1),
    "min": (1, ARGUMENTS_MAX),
    "max": (1, ARGUMENTS_MAX),
    "position": (0, 0),
    "accuracy": (1, 1),
}
"""Fewest and most arguments of each operator; `text`, `dec`, `ref` and `each` hold literals instead."""


class ExpressionError(ValueError):
    """An expression cannot be read, or a tree is none."""


def encode_tree(tree: Tree) -> bytes:
    """Return the MessagePack of a tree.

    Raises:
        ExpressionError: It is no tree.
    """
    check_tree(tree)
    return msgspec.msgpack.encode(tree)


@lru_cache(maxsize=4096)
def decode_tree(data: bytes) -> Tree:
    """Return the tree that `data` holds.

    Raises:
        ExpressionError: It holds none, or is not its only encoding.
    """
    try:
        tree = _frozen(msgspec.msgpack.decode(data))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ExpressionError(f"not an expression: {error}") from error
    if encode_tree(tree) != data:
        raise ExpressionError("not the canonical encoding of an expression")
    return tree


def check_tree(tree: Tree) -> None:
    """Accept exactly the trees that the compiler makes.

    Raises:
        ExpressionError: `tree` is none of them; the message says why.
    """
    _check(tree, DEPTH_MAX)


def references(tree: Tree) -> frozenset[str]:
    """Return the names that a tree refers to: `name`, or `rows.cell`."""
    match tree:
        case ("ref", str(name)):
            return frozenset({name})
        case ("each", str(rows), str(cell)):
            return frozenset({f"{rows}.{cell}"})
        case (str(), *arguments):
            return frozenset().union(*(references(argument) for argument in arguments))
    return frozenset()


def subtrees(tree: Tree) -> list[Tree]:
    """Return a tree and all trees inside it, outermost first."""
    match tree:
        case ("text" | "dec" | "ref" | "each", *_):
            return [tree]
        case (str(), *arguments):
            return [tree, *(inner for argument in arguments for inner in subtrees(argument))]
    return [tree]


def _check(tree: Tree, depth: int) -> None:
    if depth == 0 and isinstance(tree, tuple):
        raise ExpressionError(f"nested more than {DEPTH_MAX} deep")
    match tree:
        case None | bool():
            return
        case int():
            _require(abs(tree) <= INTEGER_MAX, "number out of range")
        case ("text", str(text)):
            _require(0 < len(text) <= TEXT_MAX and is_nfc(text), "a text is empty, too long or not NFC")
            _require("'" not in text or '"' not in text, "a text holds both kinds of quotes")
        case ("dec", int(scaled), int(digits)):
            _require(
                abs(scaled) <= INTEGER_MAX
                and 1 <= digits <= 9
                and scaled % 10 != 0
                and scaled is not True
                and digits is not True,
                "a decimal is out of range or not in lowest terms",
            )
        case ("ref", str(name)):
            _require(is_name(name), f"not a name: {name!r}")
        case ("each", str(rows), str(cell)):
            _require(is_name(rows) and is_name(cell), f"not a name: {rows}.{cell}")
        case (str(operator), *arguments):
            _check_operator(operator, arguments, depth)
        case _:
            raise ExpressionError(f"not an expression: {tree!r}")


def _check_operator(operator: str, arguments: list[Tree], depth: int) -> None:
    least, most = ARITY.get(operator, (1, 0))
    _require(least <= len(arguments) <= most, f"{operator} with {len(arguments)} arguments")
    for argument in arguments:
        _check(argument, depth - 1)
        _require(
            operator not in NESTABLE or not is_form(argument, operator), f"{operator} directly in {operator}"
        )
    if operator == "neg":
        _require(not is_number(arguments[0]), "a negative number is a literal")
    if operator == "regex":
        pattern = arguments[1]
        allowed = is_form(pattern, "text") and is_pattern(str(pattern[1]))
        _require(allowed, "regex needs a pattern of the allowed kind")


def is_number(tree: Tree) -> bool:
    """Tell whether a tree is a number literal."""
    return (isinstance(tree, int) and not isinstance(tree, bool)) or is_form(tree, "dec")


def is_form(tree: Tree, operator: str) -> TypeGuard[tuple[Tree, ...]]:
    """Tell whether a tree is an array of that operator."""
    return isinstance(tree, tuple) and tree[0] == operator


def is_name(text: str) -> bool:
    """Tell whether `text` can name a field: ASCII lower case, digits and _, a letter first, 64 at most."""
    return (
        text.isascii() and text.isidentifier() and text == text.lower() and text[0] != "_" and len(text) <= 64
    )


def _require(holds: bool, why: str) -> None:  # noqa: FBT001  the condition is the point of the call
    if not holds:
        raise ExpressionError(why)


def _frozen(value: Any) -> Tree:
    return tuple(_frozen(element) for element in value) if isinstance(value, list) else value
