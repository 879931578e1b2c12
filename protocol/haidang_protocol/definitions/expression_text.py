"""Expressions as people write them: from text to tree, and back. What they mean stands in `expressions.py`."""

import re
from collections.abc import Callable
from typing import NamedTuple

from haidang_protocol.definitions.expressions import (
    ARITY,
    NESTABLE,
    TEXT_MAX,
    ExpressionError,
    Tree,
    check_tree,
    is_form,
)
from haidang_protocol.limits import INTEGER_MAX

PARENTHESES_MAX = 32
"""Open parentheses at one place."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|\$\{(?P<reference>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}"
    r"|(?P<word>[a-z]+(?:-[a-z]+)*)|(?P<sign><=|>=|!=|\.\.|[=<>+*(),.-]))"
)
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_FUNCTIONS = {name for name in ARITY if name[0].isalpha()} - {"or", "and", "div", "mod", "neg", "this"}
_LEVELS: list[tuple[str, ...]] = [("or",), ("and",), _COMPARISONS, ("+", "-"), ("*", "div", "mod")]
_PRECEDENCE = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_UNARY = len(_LEVELS)


class _Token(NamedTuple):
    kind: str
    text: str


def compile_expression(text: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        ExpressionError: The text is none; the message says where and why.
    """
    if len(text) > TEXT_MAX:
        raise ExpressionError(f"longer than {TEXT_MAX} characters")
    reader = _Reader(_tokens(text))
    tree = reader.binary(0)
    if reader.next.kind != "end":
        raise ExpressionError(f"unexpected {reader.next.text!r} in {text!r}")
    check_tree(tree)
    return tree


def show_expression(tree: Tree) -> str:
    """Return the text that compiles to `tree`."""
    return _shown(tree, 0)


class _Reader:
    """Recursive descent over tokens; the weakest operators first."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("end", "end of text")]
        self._place = 0
        self._open = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._place]

    def take(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def expect(self, text: str) -> None:
        if self.next.text != text:
            raise ExpressionError(f"{text!r} expected before {self.next.text!r}")
        self.take()

    def binary(self, level: int) -> Tree:
        if level == _UNARY:
            return self.unary()
        tree = self.binary(level + 1)
        while self.next.kind in {"word", "sign"} and self.next.text in _LEVELS[level]:
            operator = self.take().text
            tree = _joined(operator, tree, self.binary(level + 1))
            if operator in _COMPARISONS and self.next.text in _COMPARISONS:
                raise ExpressionError("comparisons cannot be chained: write parentheses")
        return tree

    def unary(self) -> Tree:
        if self.next != ("sign", "-"):
            return self.primary()
        self.take()
        return _negated(self._nested(self.unary))

    def primary(self) -> Tree:
        token = self.take()
        match token:
            case ("number", text):
                return _number(text)
            case ("text", text):
                return ("text", text[1:-1]) if len(text) > 2 else None
            case ("reference", name):
                return ("each", *name.split(".")) if "." in name else ("ref", name)
            case ("sign", "."):
                return ("this",)
            case ("sign", "("):
                tree = self._nested(lambda: self.binary(0))
                self.expect(")")
                return tree
            case ("word", name) if self.next == ("sign", "("):
                return self.call(name)
        raise ExpressionError(f"unexpected {token.text!r}")

    def call(self, name: str) -> Tree:
        self.expect("(")
        arguments: list[Tree] = []
        if name == "position" and self.next.text == "..":
            self.take()  # XLSForm writes position(..); without its dots it means the same
        while self.next != ("sign", ")"):
            if arguments:
                self.expect(",")
            arguments.append(self._nested(lambda: self.binary(0)))
        self.expect(")")
        if name in {"true", "false"} and not arguments:
            return name == "true"
        if name not in _FUNCTIONS:
            raise ExpressionError(f"no function {name}")
        return (name, *arguments)

    def _nested(self, read: Callable[[], Tree]) -> Tree:
        if self._open == PARENTHESES_MAX:
            raise ExpressionError(f"more than {PARENTHESES_MAX} open parentheses")
        self._open += 1
        tree = read()
        self._open -= 1
        return tree


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise ExpressionError(f"cannot read {text[place:].strip()[:20]!r}")
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind]))
        place = match.end()
    return tokens


def _number(text: str) -> Tree:
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    scaled = int(whole + decimals)
    if scaled > INTEGER_MAX or len(decimals) > 9:
        raise ExpressionError(f"number out of range: {text}")
    return ("dec", scaled, len(decimals)) if decimals else scaled


def _negated(tree: Tree) -> Tree:
    match tree:
        case int() if not isinstance(tree, bool):
            return -tree
        case ("dec", int(scaled), digits):
            return ("dec", -scaled, digits)
    return ("neg", tree)


def _joined(operator: str, left: Tree, right: Tree) -> Tree:
    """Join two operands; a chain of one associative operator becomes one array, which keeps trees shallow."""
    if operator not in NESTABLE:
        return (operator, left, right)
    parts = [part for side in (left, right) for part in _opened(operator, side)]
    return (operator, *parts)


def _opened(operator: str, tree: Tree) -> tuple[Tree, ...]:
    return tree[1:] if is_form(tree, operator) else (tree,)


def _shown(tree: Tree, around: int) -> str:
    """Write `tree` where an operator of level `around` or stronger may stand without parentheses."""
    match tree:
        case ("ref" | "each", *names):
            return f"${{{'.'.join(str(name) for name in names)}}}"
        case ("neg", operand):
            return f"-{_shown(operand, _UNARY)}"
        case (str(operator), *arguments) if operator in _PRECEDENCE:
            return _chain(operator, arguments, around)
        case (str(name), *arguments) if name in _FUNCTIONS:
            return f"{name}({', '.join(_shown(argument, 0) for argument in arguments)})"
    return _shown_literal(tree)


def _shown_literal(tree: Tree) -> str:
    match tree:
        case ("this",):
            return "."
        case ("text", str(text)):
            return f'"{text}"' if "'" in text else f"'{text}'"
        case ("dec", int(scaled), int(digits)):
            whole, fraction = divmod(abs(scaled), 10**digits)
            return f"{'-' if scaled < 0 else ''}{whole}.{fraction:0{digits}d}"
        case bool():
            return "true()" if tree else "false()"
    return "''" if tree is None else str(tree)


def _chain(operator: str, arguments: list[Tree], around: int) -> str:
    level = _PRECEDENCE[operator]
    first_level = level + 1 if operator in _COMPARISONS else level
    parts = [_shown(arguments[0], first_level), *(_shown(argument, level + 1) for argument in arguments[1:])]
    written = f" {operator} ".join(parts)
    return f"({written})" if level < around else written
