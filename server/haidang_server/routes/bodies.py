"""Bodies of the protocol's media type, as they arrive."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, Response

from haidang_protocol.limits import MESSAGE_BYTES_MAX
from haidang_server.errors import MediaTypeWrongError, TooLargeError, TooSlowError

MEDIA_TYPE: Final = "application/vnd.haidang.sync"
BODY_BYTES_MAX: Final = MESSAGE_BYTES_MAX + 64 * 1024
"""Packed: what does not shrink is a little larger than it was."""
PIECE_S: Final = 60.0
"""Seconds until the next piece of a body has to be there: a link may fail for a while."""
UNPROVEN_S: Final = 120.0
"""Seconds in which a caller has to prove itself, or to send a small body whole: 256 KiB take 64 s at 32 kbit/s."""


class CallerGoneError(Exception):
    """The connection ended before the request did."""


async def chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The pieces of a request's body.

    Raises:
        MediaTypeWrongError, TooLargeError: before anything is read, or as soon as it is too much.
        TooSlowError: nothing more came for a long while.
        CallerGoneError: the connection was cut.
    """
    media_type = request.headers.get("content-type", "")
    if media_type.partition(";")[0].strip() != MEDIA_TYPE or request.headers.get("content-encoding"):
        raise MediaTypeWrongError(media_type[:100] or "-")
    left = BODY_BYTES_MAX
    if int(request.headers.get("content-length", "0")) > left:
        raise TooLargeError(f"> {BODY_BYTES_MAX}")
    more = True
    while more:
        try:
            async with asyncio.timeout(PIECE_S):
                event = await request.receive()
        except TimeoutError:
            raise TooSlowError from None
        if event["type"] != "http.request":
            raise CallerGoneError
        body = event["body"]
        left -= len(body)
        if left < 0:
            raise TooLargeError(f"> {BODY_BYTES_MAX}")
        if body:
            yield body
        more = event.get("more_body", False)


async def whole(request: Request[Any, Any, Any], most: int) -> bytes:
    """A small body at once; raises as `chunks`."""
    data = bytearray()
    try:
        async with asyncio.timeout(UNPROVEN_S):
            async for chunk in chunks(request):
                data += chunk
                if len(data) > most:
                    raise TooLargeError(f"> {most}")
    except TimeoutError:
        raise TooSlowError from None
    return bytes(data)


def answer(body: bytes) -> Response[bytes]:
    """A reply of the protocol. Nothing on the way may keep or change it."""
    return Response(body, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
