"""The strict MessagePack of SPEC B3: one encoding for each value, and nothing but that encoding is read.

A value is nil, bool, an integer within ±(2^53−1), text (NFC), bin or an array of values, nested at most 8 deep.
Floats, maps and extension types do not exist: JavaScript and Python disagree about them.
"""

import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final
from unicodedata import is_normalized

import msgspec

from haidang_protocol.errors import LimitError, MalformedError, NotCanonicalError
from haidang_protocol.limits import INTEGER_MAX, NESTING_MAX, TEXT_BYTES_MAX

_decode = msgspec.msgpack.Decoder().decode
_ARRAYS: Final = frozenset({list, tuple})
_PLAIN: Final = frozenset({type(None), bool, bytes})
_KINDS: Final = _PLAIN | _ARRAYS | {int, str}
_LATIN: Final = re.compile("[\u0000-\u036f\u1e00-\u1eff]+")


encode: Final[Callable[[Any], bytes]] = msgspec.msgpack.Encoder().encode
"""The one encoding of a value that the caller knows to be allowed; `check` it first if it came from outside."""


def decode(data: bytes) -> Any:
    """Read one value.

    Raises:
        MalformedError: not MessagePack, or a type that does not exist here.
        NotCanonicalError: another encoding of the value, text that is not NFC, or bytes behind it.
        LimitError: nested too deep, integer or text too large.
    """
    try:
        value = _decode(data)
    except RecursionError:
        raise LimitError(f"nested deeper than {NESTING_MAX}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(f"not MessagePack: {error}") from None
    check(value)
    if encode(value) != data:
        raise NotCanonicalError("not the one encoding of this value")
    return value


def check(value: Any) -> None:
    """Refuse a value that the format does not have.

    Raises:
        MalformedError, NotCanonicalError, LimitError: as `decode`.
    """
    if type(value) in _ARRAYS:
        check_column(value, 2)
    else:
        check_column((value,), 1)


def check_column(values: Sequence[Any], depth: int) -> None:
    """`check` for values that stand side by side at the nesting `depth`: level by level, so that many are quick.

    Raises:
        MalformedError, NotCanonicalError, LimitError: as `decode`.
    """
    level = values
    while level:
        kinds = set(map(type, level))
        if not kinds <= _KINDS:
            names = ", ".join(sorted(kind.__name__ for kind in kinds - _KINDS))
            raise MalformedError(f"{names} does not exist in this format")
        if int in kinds:
            _check_integers([value for value in level if type(value) is int])
        if str in kinds:
            check_texts([value for value in level if type(value) is str])
        if kinds.isdisjoint(_ARRAYS):
            return
        if depth > NESTING_MAX:
            raise LimitError(f"nested deeper than {NESTING_MAX}")
        level = [*chain.from_iterable(value for value in level if type(value) in _ARRAYS)]
        depth += 1


def _check_integers(integers: list[int]) -> None:
    if max(integers) > INTEGER_MAX or min(integers) < -INTEGER_MAX:
        raise LimitError("integer beyond ±(2^53−1)")


def is_nfc(text: str) -> bool:
    """Whether every run of Latin letters and their marks is in NFC.

    Other scripts are not judged: Unicode goes on adding letters that compose, and two versions of it must not
    disagree about a signed set. The Latin blocks are full, and what is assigned never changes.
    """
    if is_normalized("NFC", text):
        return True
    return all(is_normalized("NFC", run) for run in _LATIN.findall(text))


def check_texts(texts: Sequence[str]) -> None:
    """Refuse a text that is too long, not in NFC, or holds a lone surrogate.

    Raises:
        LimitError, NotCanonicalError, MalformedError: as `decode`.
    """
    # A line feed composes with nothing, so the joined text is in NFC exactly when each part is.
    joined = "\n".join(texts)
    if len(joined) > TEXT_BYTES_MAX // 4:
        for text in texts:
            if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
                raise LimitError(f"text longer than {TEXT_BYTES_MAX} bytes")
    if joined.isascii():
        return
    if not is_nfc(joined):
        raise NotCanonicalError("text is not in NFC")
    try:
        joined.encode()
    except UnicodeEncodeError:
        raise MalformedError("text holds a lone surrogate") from None
