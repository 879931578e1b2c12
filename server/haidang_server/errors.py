"""What the server can refuse, each error with a stable code, an HTTP status, an exit code and its words.

`detail` is what the sentence is about: a path, a version, a reason. It never holds what people reported.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final

from haidang_server.error_words import WORDS

EXIT_REFUSED: Final = 1
EXIT_UNFINISHED: Final = 3
EXIT_DAMAGED: Final = 4
EXIT_INTERNAL: Final = 70


class ServerError(Exception):
    """Base of all refusals."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = EXIT_REFUSED

    def __init__(self, detail: object = "") -> None:
        super().__init__(str(detail))
        self.detail = str(detail)

    def sentence(self, language: str) -> str:
        """What happened, what is safe, what to do; `language` is vi or en."""
        return WORDS[self.code][language].format(detail=self.detail)

    def __str__(self) -> str:
        return self.sentence("en")


# ------------------------------------------------------------------------------------------- the operator's machine


class SettingsWrongError(ServerError):
    """Settings that cannot be; all of them at once."""

    code = "settings"

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__("; ".join(problems))


class SqliteTooOldError(ServerError):
    """The SQLite library can lose committed data."""

    code = "old-sqlite"


class AddressUnfitError(ServerError):
    """The server cannot listen where it is told to."""

    code = "address"


class DataInUseError(ServerError):
    """Another process serves the data folder."""

    code = "in-use"
    exit_code = EXIT_UNFINISHED


class FolderReadOnlyError(ServerError):
    """The data folder cannot be written to."""

    code = "read-only"


class AppMissingError(ServerError):
    """The folder that was named for the phone app holds none."""

    code = "app-missing"


class FolderNotEmptyError(ServerError):
    """A new hub needs an empty folder."""

    code = "not-empty"


class NoHubError(ServerError):
    """The folder holds no hub."""

    code = "no-hub"


class DatabaseNewerError(ServerError):
    """A newer version of this program changed the database."""

    code = "newer-database"

    def __init__(self, steps: Iterable[str]) -> None:
        super().__init__(", ".join(steps))


class DatabaseUnreadableError(ServerError):
    """The database file is damaged."""

    code = "damaged-database"
    exit_code = EXIT_DAMAGED

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")


class FileUnreadableError(ServerError):
    """A file that was named is not there, or holds something else."""

    code = "bad-file"


class TlsFrontSilentError(ServerError):
    """The proxy in front, which is to show its certificate, does not."""

    code = "tls-front"
    status = 503


class ChainUnfitError(ServerError):
    """The certificate chain does not make this hub's key count."""

    code = "bad-chain"


class BackupUnfitError(ServerError):
    """The backup could not be written, or is not what was backed up."""

    code = "bad-backup"
    exit_code = EXIT_DAMAGED


class StorageBrokenError(ServerError):
    """The disk failed while writing: the process ends rather than go on in doubt."""

    code = "storage"
    exit_code = EXIT_INTERNAL


# ------------------------------------------------------------------------------------------------------ requests


class RequestMalformedError(ServerError):
    """The request is none of the protocol."""

    code = "malformed"
    status = 400


class DigestMismatchError(ServerError):
    """What came is not what the prelude announced."""

    code = "digest-mismatch"
    status = 400


class SignatureWrongError(ServerError):
    """The prelude's signature does not fit."""

    code = "bad-signature"
    status = 403


class KeyUnknownError(ServerError):
    """No held certificate names the caller's key: the chain is to be sent first."""

    code = "unknown-key"
    status = 403


class NotAllowedError(ServerError):
    """The caller's certificate does not allow this."""

    code = "not-allowed"
    status = 403


class NotFoundError(ServerError):
    """There is nothing here."""

    code = "not-found"
    status = 404


class MethodNotAllowedError(ServerError):
    """The address exists, not for this method."""

    code = "method-not-allowed"
    status = 405


class TooSlowError(ServerError):
    """The request did not come in time."""

    code = "too-slow"
    status = 408


class TooLargeError(ServerError):
    """More bytes than the protocol allows."""

    code = "over-limit"
    status = 413


class MediaTypeWrongError(ServerError):
    """The body is of another media type."""

    code = "media-type"
    status = 415


class WrongServerError(ServerError):
    """The request was meant for another server."""

    code = "wrong-server"
    status = 421


class TooManyTriesError(ServerError):
    """Many questions from one place found nothing."""

    code = "too-many-tries"
    status = 429


class QuotaSpentError(ServerError):
    """A key that nobody in good standing vouches for brought as much as it may."""

    code = "quota"
    status = 429


class InternalError(ServerError):
    """A fault of the program."""

    exit_code = EXIT_INTERNAL


class BusyError(ServerError):
    """More work than can be taken on now."""

    code = "busy"
    status = 503


class StoreDamagedError(ServerError):
    """Something stored cannot be read any more; the operator has to look, devices keep what they have."""

    code = "damaged-store"
    status = 503


class StorageFullError(ServerError):
    """No room to store anything; reading goes on."""

    code = "disk-full"
    status = 507
