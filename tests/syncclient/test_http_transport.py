import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from haidang_syncclient.errors import (
    BrokenReplyError,
    BusyError,
    CaptivePortalError,
    CutError,
    OfflineError,
    RefusedError,
    SyncError,
    WrongServerError,
)
from haidang_syncclient.http_transport import MEDIA_TYPE, HttpTransport, StrangerError
from tests.syncclient.weak_link import Portal


def answer(status: str, kind: str = "text/html", body: bytes = b"", *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def posted(url: str) -> bytes:
    with HttpTransport(url) as transport:
        return b"".join(transport.sync(b"x", lambda _certificate: True, lambda _done, _all: None))


PROBLEM = b'{"code": "quota", "detail": "too much", "status": 429}'
CASES: list[tuple[bytes, type[SyncError]]] = [
    (answer("200 OK", body=b"<html>Welcome to the hotel"), CaptivePortalError),
    (answer("302 Found", "text/html", b"", "Location: http://portal.example/"), CaptivePortalError),
    (answer("307 Temporary Redirect", MEDIA_TYPE, b"", "Location: /v2/sync"), CaptivePortalError),
    (answer("511 Network Authentication Required"), CaptivePortalError),
    (answer("404 Not Found", "text/plain"), CaptivePortalError),
    (answer("502 Bad Gateway"), BusyError),
    (answer("429 Too Many Requests", "application/problem+json", PROBLEM, "Retry-After: 7"), BusyError),
    (answer("403 Forbidden", "application/problem+json", b'{"code": "not-allowed"}'), RefusedError),
    (answer("400 Bad Request", "application/problem+json", b"no json"), RefusedError),
    (
        b"HTTP/1.1 200 OK\r\nContent-Type: " + MEDIA_TYPE.encode() + b"\r\nContent-Length: 99\r\n\r\nshort",
        CutError,
    ),
    (b"", CutError),
    (b"SSH-2.0-OpenSSH\r\n", CutError),
    (answer("200 OK", MEDIA_TYPE, bytes(5 * 2**20)), BrokenReplyError),
]


@pytest.mark.parametrize(("reply", "error"), CASES)
def test_whatever_answers_in_the_servers_place_is_named(reply: bytes, error: type[SyncError]) -> None:
    with Portal(reply) as portal, pytest.raises(error):
        posted(portal.url)


def test_a_busy_servers_wish_is_passed_on() -> None:
    with Portal(CASES[6][0]) as portal, pytest.raises(BusyError) as busy:
        posted(portal.url)
    assert busy.value.retry_after_s == 7


def test_a_refusals_code_is_passed_on() -> None:
    with Portal(CASES[7][0]) as portal, pytest.raises(RefusedError) as refused:
        posted(portal.url)
    assert (refused.value.problem, refused.value.status) == ("not-allowed", 403)


def test_the_servers_own_words_are_passed_on_in_both_languages() -> None:
    said = '{"code": "bad-signature", "detail": "Not right.", "detail_vi": "Không đúng."}'.encode()
    for status in ("403 Forbidden", "503 Service Unavailable"):
        with (
            Portal(answer(status, "application/problem+json", said)) as portal,
            pytest.raises(SyncError) as told,
        ):
            posted(portal.url)
        assert "bad-signature: Không đúng" in told.value.sentence("vi")
        assert "bad-signature: Not right" in told.value.sentence("en")


def test_without_a_connection_one_is_offline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OfflineError):
        posted(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "url", ["http://hub.example", "ftp://127.0.0.1", "nothing", "http://", "http://127.0.0.1:x"]
)
def test_reports_never_leave_this_machine_without_tls(url: str) -> None:
    with pytest.raises(WrongServerError):
        HttpTransport(url)


def test_a_plain_server_on_this_machine_is_spoken_to_only_once_it_is_proven() -> None:
    with Portal(b"") as portal, HttpTransport(portal.url) as transport:
        with pytest.raises(StrangerError):
            next(transport.sync(b"secret", lambda _certificate: False, lambda _done, _all: None))
        assert transport.traffic.requests == 0


class Certificate:
    """A certificate for `localhost` that signs itself; `pem` holds it with its key."""

    def __init__(self, folder: Path, name: str = "tls") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start.replace(year=2090))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.pem = folder / f"{name}.pem"
        self.pem.write_bytes(
            self.certificate.public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    @property
    def digest(self) -> bytes:
        return sha256(self.certificate.public_bytes(Encoding.DER)).digest()

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.pem))


class Tls(Certificate):
    """A server with a certificate of its own; keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.heard = b""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.pem)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with suppress(OSError), near, self._context.wrap_socket(near, server_side=True) as secure:
                    self.heard += _request(secure)
                    secure.sendall(answer("200 OK", MEDIA_TYPE, b"reply"))


def _request(stream: ssl.SSLSocket) -> bytes:
    """A whole request with its body."""
    data = b""
    while True:
        head, end, body = data.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            return data
        more = stream.recv(65536)
        if not more:
            return data
        data += more


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Tls]:
    server = Tls(tmp_path)
    yield server
    server.close()


def test_the_certificate_is_looked_at_before_a_byte_of_the_request_is_written(tls: Tls) -> None:
    seen: list[bytes] = []

    def proven(certificate: bytes) -> bool:
        seen.append(certificate)
        return False

    with HttpTransport(tls.url, tls=tls.trusted()) as transport, pytest.raises(StrangerError):
        next(transport.sync(b"secret", proven, lambda _done, _all: None))
    assert seen == [tls.digest]
    assert tls.heard == b""


def test_a_proven_certificate_lets_the_request_through(tls: Tls) -> None:
    with HttpTransport(tls.url, tls=tls.trusted()) as transport:
        assert transport.hello(b"hello") == (b"reply", tls.digest)
    with HttpTransport(tls.url, tls=tls.trusted()) as transport:
        reply = transport.sync(b"a request", lambda each: each == tls.digest, lambda _done, _all: None)
        assert b"".join(reply) == b"reply"
    assert b"a request" in tls.heard


def test_a_certificate_that_nobody_vouches_for_is_somebody_elses(tls: Tls) -> None:
    with HttpTransport(tls.url) as transport, pytest.raises(CaptivePortalError):
        next(transport.sync(b"secret", lambda _certificate: True, lambda _done, _all: None))
    assert tls.heard == b""
