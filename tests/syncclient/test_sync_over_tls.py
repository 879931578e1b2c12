"""A server is proven for the certificate in use (SPEC X11): its own, or that of a proxy in front, as in docker-compose.yml."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from haidang_server.settings import Settings, TlsFront
from haidang_server.tls_certificate import KEPT_SECONDS, CertificateInUse
from haidang_syncclient.errors import BusyError, CaptivePortalError, WrongServerError
from haidang_syncclient.http_transport import HttpTransport
from haidang_syncclient.views import counts
from tests.syncclient.hub import Hub, sync_over
from tests.syncclient.test_http_transport import Certificate
from tests.syncclient.test_sync import write
from tests.syncclient.village import DEPLOYMENT, Village, digest


def test_over_tls_the_hub_proves_itself_for_the_certificate_in_use(village: Village, tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    phone = village.replica("a")
    with (
        Hub(tmp_path, village, certificate.pem) as hub,
        HttpTransport(hub.url, tls=certificate.trusted()) as way,
    ):
        assert sync_over(way, phone).error is None
        assert phone.hub.proven(hub.url, certificate.digest) == DEPLOYMENT.hub


def test_whom_the_system_trusts_is_trusted(
    village: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate(tmp_path)
    phone = village.replica("a")
    with Hub(tmp_path, village, certificate.pem) as hub:
        with HttpTransport(hub.url) as way:
            assert isinstance(sync_over(way, phone).error, CaptivePortalError)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.pem))
        with HttpTransport(hub.url) as way:
            assert sync_over(way, phone).error is None


def test_a_renewed_certificate_is_proven_before_anything_is_pushed_over_it(
    village: Village, tmp_path: Path
) -> None:
    certificate = Certificate(tmp_path)
    phone = village.replica("a")
    with (
        Hub(tmp_path, village, certificate.pem) as hub,
        HttpTransport(hub.url, tls=certificate.trusted()) as way,
    ):
        with phone.writing():
            phone.hub.prove(hub.url, digest("the certificate of last year"), DEPLOYMENT.hub)
        report = sync_over(way, phone)
        assert report.error is None
        assert report.traffic.requests == 3
        assert phone.hub.proven(hub.url, certificate.digest) == DEPLOYMENT.hub


def test_somebody_in_between_is_found_out(village: Village, tmp_path: Path) -> None:
    seen, said = Certificate(tmp_path, "seen"), Certificate(tmp_path, "said")
    phone = village.replica("a")
    write(phone, "so_ho", 1)
    with Hub(tmp_path, village, seen.pem, said.pem) as hub, HttpTransport(hub.url, tls=seen.trusted()) as way:
        report = sync_over(way, phone)
    assert isinstance(report.error, WrongServerError)
    assert report.traffic.requests == 1
    assert counts(phone).saved == 1


class Front:
    """A proxy that does TLS for the hub behind it, with a certificate that can be renewed."""

    def __init__(self, certificate: Certificate) -> None:
        self.behind = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.renew(certificate)
        threading.Thread(target=self._serve, daemon=True).start()

    def renew(self, certificate: Certificate) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.pem)

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(plain,), daemon=True).start()

    def _relay(self, plain: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as caller:
            if not (begun := caller.recv(65_536)):
                return
            with socket.create_connection(("127.0.0.1", self.behind)) as hub:
                hub.sendall(begun)
                back = threading.Thread(target=_pump, args=(hub, caller), daemon=True)
                back.start()
                _pump(caller, hub)
                back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_behind_a_proxy_the_hub_signs_the_certificate_that_the_proxy_shows(
    village: Village, tmp_path: Path
) -> None:
    certificate = Certificate(tmp_path)
    front = Front(certificate)
    phone = village.replica("a")
    write(phone, "so_ho", 1)
    url = f"https://localhost:{front.port}"
    with (
        Hub(tmp_path, village, front=TlsFront("localhost", "127.0.0.1", front.port)) as hub,
        HttpTransport(url, tls=certificate.trusted()) as way,
    ):
        front.behind = hub.port
        assert sync_over(way, phone).error is None
        assert phone.hub.proven(url, certificate.digest) == DEPLOYMENT.hub
        front.close()


def test_a_proxy_that_is_silent_is_told_and_nothing_is_sent(village: Village, tmp_path: Path) -> None:
    phone = village.replica("a")
    write(phone, "so_ho", 1)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with Hub(tmp_path, village, front=TlsFront("localhost", "127.0.0.1", port)) as hub:
        with HttpTransport(hub.url) as way:
            report = sync_over(way, phone)
        assert isinstance(report.error, BusyError)
        assert counts(phone).saved == 1


def test_a_renewed_certificate_is_seen_after_half_a_minute(tmp_path: Path) -> None:
    old, new = Certificate(tmp_path, "old"), Certificate(tmp_path, "new")
    front = Front(old)
    elapsed = 0.0
    asked = CertificateInUse(
        Settings(tls_front=TlsFront("localhost", "127.0.0.1", front.port)), lambda: elapsed
    )
    assert asked.digest() == old.digest
    front.renew(new)
    assert asked.digest() == old.digest
    elapsed = KEPT_SECONDS + 1
    assert asked.digest() == new.digest
    front.close()
