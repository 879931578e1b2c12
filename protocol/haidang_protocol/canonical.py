"""The strict MessagePack of SPEC B3: one encoding for each value, and nothing but that encoding is read.

A value is nil, bool, an integer within ±(2^53−1), NFC text, bin or an array of values, nested at most 8 deep.
Floats, maps and extension types do not exist: JavaScript and Python disagree about them.
"""

from typing import Any, Final
from unicodedata import is_normalized

import msgspec

from haidang_protocol.errors import LimitError, MalformedError, NotCanonicalError
from haidang_protocol.limits import INTEGER_MAX, NESTING_MAX, TEXT_BYTES_MAX

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_PLAIN: Final = frozenset({type(None), bool, bytes})


def encode(value: Any) -> bytes:
    """The one encoding of a value that the caller knows to be allowed; `check` it first if it came from outside."""
    return _encode(value)


def decode(data: bytes) -> Any:
    """Read one value.

    Raises:
        MalformedError: not MessagePack, or a type that does not exist here.
        NotCanonicalError: another encoding of the value, text that is not NFC, or bytes behind it.
        LimitError: nested too deep, integer or text too large.
    """
    try:
        value = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise MalformedError(f"not MessagePack: {error}") from None
    check(value)
    if _encode(value) != data:
        raise NotCanonicalError("not the one encoding of this value")
    return value


def check(value: Any, depth: int = 1) -> None:
    """Refuse a value that the format does not have; `depth` is the nesting at which it stands.

    Raises:
        MalformedError, NotCanonicalError, LimitError: as `decode`.
    """
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is str:
        _check_text(value)
    elif kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise LimitError("integer beyond ±(2^53−1)")
    elif kind is list or kind is tuple:
        if depth > NESTING_MAX:
            raise LimitError(f"nested deeper than {NESTING_MAX}")
        check_column(value, depth + 1)
    elif kind is float:
        raise MalformedError("floats do not exist in this format")
    else:
        raise MalformedError(f"{kind.__name__} does not exist in this format")


def check_column(values: list[Any] | tuple[Any, ...], depth: int) -> None:
    """`check` for many values that stand at the same nesting: the usual case, one type, is quick."""
    kinds = set(map(type, values))
    if kinds <= _PLAIN:
        return
    if kinds == {int}:
        if max(values) > INTEGER_MAX or min(values) < -INTEGER_MAX:
            raise LimitError("integer beyond ±(2^53−1)")
        return
    for value in values:
        check(value, depth)


def _check_text(text: str) -> None:
    if len(text) > TEXT_BYTES_MAX // 4 and len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
        raise LimitError(f"text longer than {TEXT_BYTES_MAX} bytes")
    if text.isascii():
        return
    if not is_normalized("NFC", text):
        raise NotCanonicalError("text is not in NFC")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedError("text holds a lone surrogate") from None
