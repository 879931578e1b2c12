"""A server is proven for the certificate in use (SPEC X11)."""

from pathlib import Path

from haidang_syncclient.errors import WrongServerError
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
