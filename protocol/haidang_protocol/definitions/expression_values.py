"""Evaluating expressions. What they mean stands in `expressions.py`; this module does what it says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, TypeGuard

import msgspec

from haidang_protocol.definitions.dates import day_number, is_date, is_moment, minute_number
from haidang_protocol.definitions.expressions import Tree
from haidang_protocol.definitions.patterns import MATCHED_TEXT_MAX, matches

Number: TypeAlias = int | Fraction
Operand: TypeAlias = (
    bool | int | Fraction | str | bytes | Sequence["Operand"] | Mapping[str, "Operand"] | None
)
"""What a name may stand for. Rows are a sequence of mappings."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """All that an expression can see.

    Attributes:
        values: The fields of the report, by name.
        this: The value under examination, in a constraint.
        row: The cells of the nearest row, by name.
        position: Place of that row, from 1.
        today: Date on which the report is claimed to be saved.
        period_days: Length of the report's period, in days.
    """

    values: Mapping[str, Operand]
    this: Operand = None
    row: Mapping[str, Operand] | None = None
    position: int | None = None
    today: str | None = None
    period_days: int | None = None


def evaluate(tree: Tree, context: Context) -> Operand:
    """Return the value of `tree`: null, boolean, number, text or list. Never fails."""
    if not isinstance(tree, tuple):
        return tree
    operator, *arguments = tree
    reads_context = _OF_CONTEXT.get(str(operator))
    if reads_context is not None:
        return _tidy(reads_context(arguments, context))
    return _tidy(_OPERATORS[str(operator)]([evaluate(argument, context) for argument in arguments]))


def half_away_from_zero(number: Number, digits: int) -> int:
    """Return `number` times 10**`digits`, rounded to an integer; a half goes away from zero."""
    scaled = abs(Fraction(number)) * Fraction(10) ** digits
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return -rounded if number < 0 else rounded


def _looked_up(name: str, context: Context) -> Operand:
    in_row = context.row is not None and name in context.row
    return context.row[name] if in_row and context.row else context.values.get(name)


def _column(rows: Operand, cell: str) -> Operand:
    found = [row.get(cell) for row in rows if isinstance(row, Mapping)] if _is_list(rows) else []
    return [value for value in map(_tidy, found) if value is not None]


def _chosen(branches: list[Tree], context: Context) -> Operand:
    condition, then, otherwise = branches
    known = evaluate(condition, context)
    if not isinstance(known, bool):
        return None
    return evaluate(then if known else otherwise, context)


def _tidy(value: Operand) -> Operand:
    """Make emptiness null, and a whole fraction an integer."""
    match value:
        case "" | [] | ():
            return None
        case Fraction() if value.denominator == 1:
            return value.numerator
    return value


def _is_number(value: Operand) -> TypeGuard[Number]:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _is_list(value: Operand) -> TypeGuard[Sequence[Operand]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _equal(left: Operand, right: Operand) -> bool:
    if left is None or right is None:
        return left is right
    if _is_number(left) and _is_number(right):
        return left == right
    same_kind = isinstance(left, str | bool) and type(left) is type(right)
    return same_kind and left == right


def _ordered(compare: Callable[[Number, Number], bool], left: Operand, right: Operand) -> bool | None:
    if isinstance(left, str) and isinstance(right, str):
        for kind, number in ((is_date, day_number), (is_moment, minute_number)):
            if kind(left) and kind(right):
                return compare(number(left), number(right))
        return None
    return compare(left, right) if _is_number(left) and _is_number(right) else None


def _arithmetic(operate: Callable[[Number, Number], Operand], operands: list[Operand]) -> Operand:
    first, *others = operands
    if not _is_number(first):
        return None
    total: Operand = first
    for other in others:
        if not _is_number(total) or not _is_number(other):
            return None
        total = operate(total, other)
    return total


def _divided(left: Number, right: Number) -> Operand:
    return Fraction(left) / right if right else None


def _remainder(left: Number, right: Number) -> Operand:
    return left - right * int(Fraction(left) / right) if right else None


def _all(operands: list[Operand]) -> bool | None:
    if any(operand is False for operand in operands):
        return False
    return True if all(operand is True for operand in operands) else None


def _any(operands: list[Operand]) -> bool | None:
    if any(operand is True for operand in operands):
        return True
    return False if all(operand is False for operand in operands) else None


def _not(operand: Operand) -> bool | None:
    return not operand if isinstance(operand, bool) else None


def _selected(value: Operand, code: Operand) -> bool:
    options = value if _is_list(value) else [value]
    return isinstance(code, str) and any(isinstance(option, str) and option == code for option in options)


def _count(value: Operand) -> int:
    return len(value) if _is_list(value) else int(value is not None)


def _numbers(operands: Iterable[Operand]) -> list[Number]:
    opened = [each for operand in operands for each in (operand if _is_list(operand) else [operand])]
    return [each for each in opened if _is_number(each)]


def _of_numbers(reduce: Callable[[list[Number]], Number]) -> Callable[[list[Operand]], Operand]:
    def reduced(operands: list[Operand]) -> Operand:
        numbers = _numbers(operands)
        return reduce(numbers) if numbers else None

    return reduced


def _summed(numbers: list[Number]) -> Number:
    return sum(numbers, start=Fraction(0))


def _rounded(operands: list[Operand]) -> Operand:
    number, digits = operands if len(operands) == 2 else (operands[0], 0)
    if not _is_number(number) or not isinstance(digits, int) or isinstance(digits, bool) or abs(digits) > 9:
        return None
    return half_away_from_zero(number, digits) / Fraction(10) ** digits


def _to_number(value: Operand) -> Operand:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return Fraction(value) if len(value) <= 32 and matches(value, "(-)?[0-9]+(\\.[0-9]+)?") else None
    return value if _is_number(value) else None


def _matched(text: Operand, pattern: Operand) -> bool | None:
    if not isinstance(text, str) or len(text) > MATCHED_TEXT_MAX:
        return None
    return matches(text, str(pattern))


def _days(value: Operand) -> Operand:
    if _is_list(value):
        return [day for day in map(_day, value) if day is not None]
    return _day(value)


def _day(value: Operand) -> int | None:
    if not isinstance(value, str):
        return None
    return day_number(value[:10]) if is_date(value) or is_moment(value) else None


def _minutes(value: Operand) -> Operand:
    return minute_number(value) if isinstance(value, str) and is_moment(value) else None


def _year(value: Operand) -> Operand:
    return int(value[:4]) if isinstance(value, str) and (is_date(value) or is_moment(value)) else None


def _accuracy(value: Operand) -> Operand:
    if not _is_list(value) or len(value) != 3 or not all(_is_number(part) for part in value):
        return None
    return value[2]


_OF_CONTEXT: dict[str, Callable[[list[Tree], Context], Operand]] = {
    "text": lambda literal, _: literal[0],
    "dec": lambda literal, _: Fraction(int(str(literal[0])), 10 ** int(str(literal[1]))),
    "ref": lambda name, context: _looked_up(str(name[0]), context),
    "each": lambda names, context: _column(context.values.get(str(names[0])), str(names[1])),
    "if": _chosen,
    "this": lambda _, context: context.this,
    "today": lambda _, context: context.today,
    "position": lambda _, context: context.position,
    "period-days": lambda _, context: context.period_days,
}
"""What reads the context, or leaves an argument unread."""

_OPERATORS: dict[str, Callable[[list[Operand]], Operand]] = {
    "or": _any,
    "and": _all,
    "not": lambda operands: _not(*operands),
    "=": lambda operands: _equal(*operands),
    "!=": lambda operands: not _equal(*operands),
    "<": lambda operands: _ordered(lambda a, b: a < b, *operands),
    "<=": lambda operands: _ordered(lambda a, b: a <= b, *operands),
    ">": lambda operands: _ordered(lambda a, b: a > b, *operands),
    ">=": lambda operands: _ordered(lambda a, b: a >= b, *operands),
    "+": lambda operands: _arithmetic(lambda a, b: a + b, operands),
    "-": lambda operands: _arithmetic(lambda a, b: a - b, operands),
    "*": lambda operands: _arithmetic(lambda a, b: a * b, operands),
    "div": lambda operands: _arithmetic(_divided, operands),
    "mod": lambda operands: _arithmetic(_remainder, operands),
    "neg": lambda operands: _arithmetic(lambda a, b: a * b, [*operands, -1]),
    "selected": lambda operands: _selected(*operands),
    "count-selected": lambda operands: _count(*operands),
    "count": lambda operands: _count(*operands),
    "string-length": lambda operands: len(operands[0]) if isinstance(operands[0], str) else 0,
    "regex": lambda operands: _matched(*operands),
    "coalesce": lambda operands: next((operand for operand in operands if operand is not None), None),
    "round": _rounded,
    "int": lambda operands: int(operands[0]) if _is_number(operands[0]) else None,
    "number": lambda operands: _to_number(*operands),
    "days": lambda operands: _days(*operands),
    "minutes": lambda operands: _minutes(*operands),
    "year": lambda operands: _year(*operands),
    "sum": _of_numbers(_summed),
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "accuracy": lambda operands: _accuracy(*operands),
}
