"""The way to a server over HTTP: the only module that knows `httpx2`. Foreign errors end here.

A request goes out only over a TLS certificate over which the server has proven its key (SPEC X11): the certificate is looked
at as soon as the handshake is done, before a byte of the request is written. Without TLS only this very machine is spoken
to. Redirects are never followed: no server of ours sends them, captive portals do.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Final, Protocol, Self

import httpx2
import msgspec

from haidang_protocol.limits import MESSAGE_BYTES_MAX
from haidang_syncclient.errors import (
    BrokenReplyError,
    BusyError,
    CaptivePortalError,
    CutError,
    OfflineError,
    RefusedError,
    WrongServerError,
)
from haidang_syncclient.reasons import CERTIFICATE, UNREACHABLE, of_network, within
from haidang_syncclient.words import Both

MEDIA_TYPE: Final = "application/vnd.haidang.sync"
PROBLEM: Final = "application/problem+json"
PLAIN: Final = b""
"""What stands for the certificate of a connection without TLS."""
CONNECT_S: Final = 15.0
SILENCE_S: Final = 60.0
"""How long a connection may give no byte before it counts as cut."""
_REPLY_BYTES_MAX: Final = MESSAGE_BYTES_MAX + 64 * 1024
_CHUNK: Final = 16 * 1024
_PASSING: Final = frozenset({408, 429, 502, 503, 504, 507})
_PORTAL: Final = 511


class StrangerError(Exception):
    """The connection shows a certificate over which no server was proven. Nothing was sent."""


class Traffic(msgspec.Struct):
    """What went over the wire: bytes of bodies, and of bodies with request lines, status lines and headers."""

    requests: int = 0
    bodies_up: int = 0
    bodies_down: int = 0
    up: int = 0
    down: int = 0


Progress = Callable[[int, int | None], None]
"""(bytes so far, bytes in all if known)."""


class Transport(Protocol):
    """What `client` needs of a way to a server."""

    traffic: Traffic

    @property
    def origin(self) -> str:
        """Scheme, host and port of the server."""

    def hello(self, body: bytes) -> tuple[bytes, bytes]:
        """Ask a server that need not be proven; the reply, and the digest of the certificate that it came over."""

    def sync(self, body: bytes, proven: Callable[[bytes], bool], sent: Progress) -> Iterator[bytes]:
        """Send a request; the reply as it arrives."""


class HttpTransport:
    """One server's HTTP interface. A context manager that closes its connections."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None) -> None:
        """Make a way to a server.

        Args:
            url: of the server, without `/v1`.
            tls: whom to trust for certificates; the system's store (or SSL_CERT_FILE) if it is left out.

        Raises:
            WrongServerError: the URL is none, or would send reports over the network without TLS.
        """
        self.traffic = Traffic()
        self._url = _checked(url)
        self._client = httpx2.Client(
            base_url=self._url,
            verify=tls or (ssl.create_default_context() if self._url.scheme == "https" else False),
            timeout=httpx2.Timeout(SILENCE_S, connect=CONNECT_S),
            trust_env=False,
            follow_redirects=False,
        )
        self._client.headers.clear()
        self._certificate = PLAIN

    @property
    def origin(self) -> str:
        """Scheme, host and port of the server."""
        return f"{self._url.scheme}://{self._url.netloc.decode()}"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def hello(self, body: bytes) -> tuple[bytes, bytes]:
        """Ask a server that need not be proven; the reply, and the digest of the certificate that it came over.

        Raises:
            NetworkError, TheirsError: see `errors`.
        """
        reply = b"".join(self._post("/v1/hello", body, lambda _certificate: True, lambda _done, _all: None))
        return reply, self._certificate

    def enrol(self, body: bytes) -> bytes:
        """Ask for what a typed code opens, or prove possession of a new key; raises as `hello`."""
        return b"".join(self._post("/v1/enrol", body, lambda _certificate: True, lambda _done, _all: None))

    def sync(self, body: bytes, proven: Callable[[bytes], bool], sent: Progress) -> Iterator[bytes]:
        """Send a request; the reply as it arrives.

        Args:
            body: of the request.
            proven: whether the server was proven over a certificate, given by its digest.
            sent: told how much is up.

        Raises:
            StrangerError: it was not; nothing was sent.
            NetworkError, TheirsError: see `errors`.
        """
        return self._post("/v1/sync", body, proven, sent)

    # ---------------------------------------------------------------------------------------------------- exchange

    def _post(
        self, path: str, body: bytes, proven: Callable[[bytes], bool], sent: Progress
    ) -> Iterator[bytes]:
        if self._url.scheme == "http" and not proven(PLAIN):
            raise StrangerError
        request = self._client.build_request(
            "POST",
            path,
            content=self._pieces(body, sent),
            headers={"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Accept": MEDIA_TYPE},
            extensions={"trace": self._watch(proven)},
        )
        with _our_errors(self.origin):
            response = self._client.send(request, stream=True)
            try:
                self._count_head(response)
                _check(response, self.origin)
                yield from self._body(response)
            finally:
                response.close()

    def _watch(self, proven: Callable[[bytes], bool]) -> Callable[[str, dict[str, Any]], None]:
        """Look at the certificate when a connection is made, and turn away before anything is written over it."""

        def watch(name: str, info: dict[str, Any]) -> None:
            if name != "connection.start_tls.complete":
                return
            stream = info["return_value"]
            certificate = stream.get_extra_info("ssl_object").getpeercert(True)
            self._certificate = sha256(certificate).digest()
            if not proven(self._certificate):
                stream.close()
                raise StrangerError

        return watch

    def _pieces(self, body: bytes, sent: Progress) -> Iterator[bytes]:
        for start in range(0, len(body), _CHUNK):
            piece = body[start : start + _CHUNK]
            yield piece
            self.traffic.bodies_up += len(piece)
            self.traffic.up += len(piece)
            sent(start + len(piece), len(body))

    def _count_head(self, response: httpx2.Response) -> None:
        """Count the heads of a request that was answered, and of its answer."""
        request = response.request
        self.traffic.requests += 1
        self.traffic.up += len(f"POST {request.url.raw_path.decode()} HTTP/1.1\r\n\r\n")
        self.traffic.up += _bytes_of(request.headers)
        reason = response.extensions.get("reason_phrase", b"")
        self.traffic.down += len(b"HTTP/1.1 200 \r\n\r\n") + len(reason) + _bytes_of(response.headers)

    def _body(self, response: httpx2.Response) -> Iterator[bytes]:
        left = _REPLY_BYTES_MAX
        for chunk in response.iter_raw(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise BrokenReplyError(Both("trả lời quá lớn", "the reply is larger than any can be"))
            self.traffic.bodies_down += len(chunk)
            self.traffic.down += len(chunk)
            yield chunk


def _checked(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise WrongServerError(url) from error
    plain = parsed.scheme == "http" and _is_this_machine(parsed.host)
    if not parsed.host or not (plain or parsed.scheme == "https"):
        raise WrongServerError(url)
    return parsed


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bytes_of(headers: httpx2.Headers) -> int:
    return sum(len(name) + len(value) + len(b": \r\n") for name, value in headers.raw)


def _check(response: httpx2.Response, origin: str) -> None:
    """Refuse what is no reply of the protocol."""
    status = response.status_code
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind == PROBLEM:
        _refuse(response, status)
    if response.is_redirect or status == _PORTAL:
        raise CaptivePortalError(f"{origin}: HTTP {status}")
    if status in _PASSING:
        raise BusyError(f"HTTP {status}", _retry_after_s(response))
    if status != httpx2.codes.OK or kind != MEDIA_TYPE:
        raise CaptivePortalError(f"{origin}: HTTP {status}, {kind or '?'}")


def _refuse(response: httpx2.Response, status: int) -> None:
    """Raise what a problem document says."""
    data = b"".join(response.iter_raw())[:_CHUNK]
    try:
        problem = msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError:
        problem = {}
    code, detail = str(problem.get("code", f"http-{status}")), str(problem.get("detail", ""))
    detail_vi = str(problem.get("detail_vi", ""))
    if status in _PASSING:
        said = Both(f"{code}: {detail_vi}" if detail_vi else code, f"{code}: {detail}")
        raise BusyError(said, _retry_after_s(response))
    raise RefusedError(code, detail, status, detail_vi)


def _retry_after_s(response: httpx2.Response) -> float | None:
    """The seconds of a Retry-After header; a date in it would need a clock that can be trusted, so it is not read."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


@contextmanager
def _our_errors(origin: str) -> Iterator[None]:
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.PoolTimeout) as error:
        why = of_network(error, UNREACHABLE)
        # A certificate that nobody vouches for is what a captive portal shows.
        kind = CaptivePortalError if why is CERTIFICATE else OfflineError
        raise kind(within(origin, why)) from error
    except httpx2.TransportError as error:
        raise CutError(of_network(error)) from error
    except httpx2.HTTPError as error:
        raise BrokenReplyError(Both("không phải trả lời HTTP", str(error))) from error
