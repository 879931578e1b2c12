"""Why something failed is told by its kind, in the person's language alone."""

import ast
import errno
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import haidang_syncclient
from haidang_protocol import errors as protocol_errors
from haidang_protocol import operations as op
from haidang_protocol.errors import ProtocolError
from haidang_syncclient import errors, http_transport, reasons
from haidang_syncclient.bundles import import_bundle
from haidang_syncclient.errors import BadBundleError, CutError, NetworkError, OfflineError, SyncError
from haidang_syncclient.files import write_over
from haidang_syncclient.http_transport import HttpTransport
from haidang_syncclient.keystore import load
from haidang_syncclient.words import Both
from tests.syncclient.test_http_transport import Tls, answer, posted
from tests.syncclient.village import Village
from tests.syncclient.weak_link import Portal

PACKAGE = Path(haidang_syncclient.__file__).parent
SYSTEM_WORDS = re.compile(
    r"Errno|refused|resolution|unreachable|CERTIFICATE|timed out|Error\b|No such|Is a dir"
)


def told(error: SyncError, why: Both) -> None:
    """The reason stands in each language's sentence, and nothing of the system's own."""
    assert why.vi in error.sentence("vi")
    assert why.en in error.sentence("en")
    assert not SYSTEM_WORDS.search(error.sentence("vi")), error.sentence("vi")


# ------------------------------------------------------------------------------------------------------- network


def test_an_address_where_nobody_listens_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OfflineError) as offline:
        posted(f"http://127.0.0.1:{port}")
    told(offline.value, reasons.REFUSED)
    assert f"127.0.0.1:{port}" in offline.value.sentence("vi")


def test_a_name_that_nobody_knows_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver is told to fail: to ask a real one would take as long as it likes."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OfflineError) as offline:
        posted("https://nowhere.invalid")
    told(offline.value, reasons.NO_HOST)


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN])
def test_where_no_network_leads_is_unreachable(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError(number, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    with pytest.raises(OfflineError) as offline:
        posted("https://127.0.0.1:9")
    told(offline.value, reasons.UNREACHABLE)


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    server = Tls(tmp_path)
    with HttpTransport(server.url) as transport, pytest.raises(NetworkError) as stranger:
        transport.hello(b"x")
    server.close()
    told(stranger.value, reasons.CERTIFICATE)


def test_what_speaks_no_tls_is_told() -> None:
    with Portal(answer("200 OK")) as portal, pytest.raises(OfflineError) as offline:
        posted(portal.url.replace("http:", "https:"))
    told(offline.value, reasons.NOT_SECURED)


def test_who_does_not_answer_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_transport, "SILENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(CutError) as cut:
        posted(f"http://127.0.0.1:{silent.getsockname()[1]}")
    told(cut.value, reasons.TIMED_OUT)


def test_an_answer_that_breaks_off_is_told() -> None:
    with Portal(b"") as portal, pytest.raises(CutError) as cut:
        posted(portal.url)
    told(cut.value, reasons.BROKEN_OFF)


def test_a_failure_that_goes_round_in_circles_has_an_end() -> None:
    error = OSError(errno.EIO, "something else")
    error.__cause__ = ssl.SSLError("alert")
    assert reasons.of_network(error) == reasons.NOT_SECURED
    assert reasons.of_network(OSError(errno.EIO, "something else")) == reasons.BROKEN_OFF


# ------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("data", [b"", b"hello", b"x" * 200])
def test_what_is_no_bundle_is_told_by_what_is_wrong_with_it(
    village: Village, tmp_path: Path, data: bytes
) -> None:
    file = tmp_path / "x.bundle"
    file.write_bytes(data)
    with pytest.raises(BadBundleError) as bad:
        import_bundle(village.replica("a"), file)
    assert f"{file}: không phải gói Hải Đăng" in bad.value.sentence("vi")
    assert "bundle" not in bad.value.sentence("vi").replace(str(file), "")


def test_a_folder_is_no_bundle_and_no_key(village: Village, tmp_path: Path) -> None:
    with pytest.raises(SyncError) as bundle:
        import_bundle(village.replica("a"), tmp_path)
    with pytest.raises(SyncError) as key:
        load(tmp_path)
    for found in (bundle.value, key.value):
        told(found, Both("đây là một thư mục", "Is a directory"))


def test_what_the_disk_says_is_told_by_its_kind(tmp_path: Path) -> None:
    with pytest.raises(SyncError) as named:
        write_over(tmp_path / ("x" * 300), b"")
    told(named.value, Both("tên quá dài", "File name too long"))
    assert reasons.of_system(OSError(errno.ELOOP, "Too many levels")).vi == f"mã lỗi {errno.ELOOP}"


# ------------------------------------------------------------------------------------------------------- all of them


def test_every_kind_of_operation_has_words_in_both_languages() -> None:
    assert set(reasons.KINDS) == set(op.NAMES)
    assert reasons.of_kinds([op.CERTIFY, 999]) == Both(
        "cấp giấy chứng nhận cho máy, 999", "certify devices, 999"
    )


def kinds_below(kind: type[ProtocolError]) -> Iterator[type[ProtocolError]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds_below(each)


PROTOCOL_KINDS = [
    kind for kind in kinds_below(ProtocolError) if not kind.__module__.startswith("haidang_server")
]


@pytest.mark.parametrize("kind", PROTOCOL_KINDS)
def test_every_refusal_of_the_protocol_has_vietnamese_words(kind: type[ProtocolError]) -> None:
    assert kind.__module__ == protocol_errors.__name__
    assert " " in reasons.of_protocol(kind("in English")).vi


def english_details() -> Iterator[tuple[str, int]]:
    """Errors of the library whose detail holds English words that no Vietnamese ones stand beside."""
    ours = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SyncError)
    }
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ours and node.args:
                parts = (
                    ast.walk(node.args[0]) if isinstance(node.args[0], ast.Constant | ast.JoinedStr) else ()
                )
                texts = [each.value for each in parts if isinstance(each, ast.Constant)]
                if any(isinstance(text, str) and re.search("[a-z]{2}", text) for text in texts):
                    yield file.name, node.lineno


def test_no_error_of_the_library_is_explained_in_english_alone() -> None:
    assert list(english_details()) == []
