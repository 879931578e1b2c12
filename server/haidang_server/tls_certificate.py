"""The TLS certificate that callers see: the hub signs its digest, so that nobody can stand in between (SPEC X11)."""

import socket
import ssl
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from haidang_server.errors import FileUnreadableError, TlsFrontSilentError
from haidang_server.settings import Settings, TlsFront

KEPT_SECONDS: Final = 30
"""For so long a certificate is taken for the one in use: a proxy renews it every few weeks."""
_ANSWER_SECONDS: Final = 5


class CertificateInUse:
    """The SHA-256 of the certificate that callers see: of a file, or of a proxy that is asked for it."""

    def __init__(self, settings: Settings, elapsed: Callable[[], float]) -> None:
        """`elapsed` are the seconds of a clock that never goes back."""
        self._settings = settings
        self._elapsed = elapsed
        self._known: tuple[float, bytes] | None = None

    def digest(self) -> bytes:
        """The digest; empty without TLS.

        Raises:
            FileUnreadableError: the file holds no certificate.
            TlsFrontSilentError: the proxy does not answer.
        """
        if self._known is None or self._elapsed() - self._known[0] > KEPT_SECONDS:
            self._known = (self._elapsed(), self._look())
        return self._known[1]

    def _look(self) -> bytes:
        if self._settings.tls_certificate is not None:
            return sha256(_of_file(self._settings.tls_certificate)).digest()
        if self._settings.tls_front is not None:
            return sha256(_of_front(self._settings.tls_front)).digest()
        return b""


def _of_file(file: Path) -> bytes:
    try:
        return load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    except (OSError, ValueError) as error:
        raise FileUnreadableError(f"{file}: {error}") from error


def _of_front(front: TlsFront) -> bytes:
    """What the proxy shows under its public name. It is signed, not trusted: a certificate that callers do not see helps nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((front.host, front.port), timeout=_ANSWER_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=front.name) as shown,
        ):
            return shown.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise TlsFrontSilentError(f"{front.host}:{front.port}: {error}") from error
