"""Where a page ended, as a text that means nothing to its holder."""

import base64
from typing import Any

import msgspec

from haidang_server.errors import RequestMalformedError


def write_cursor(*position: int | str | bytes) -> str:
    """The text for a position in an order."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def read_cursor(text: str | None, shape: Any) -> Any:
    """The position that a text stands for, as a tuple of the types of `shape`; None for no text.

    Raises:
        RequestMalformedError: it stands for none.
    """
    if text is None:
        return None
    try:
        return msgspec.msgpack.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except ValueError as error:
        raise RequestMalformedError("cursor") from error
