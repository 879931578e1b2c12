"""What can go wrong on a replica, named by whose turn it is to act; each says what happened, what is safe, what to do.

SyncError
├── OursError                 this device
│   ├── OldSqliteError        the SQLite library can lose committed data
│   ├── NoReplicaError        there is no replica at this path
│   ├── ReplicaExistsError    there is one already
│   ├── InUseError            another process writes this replica
│   ├── NewerDatabaseError    made by a newer version of the program
│   ├── DamagedDatabaseError  the file is no database, or pages of it are damaged
│   ├── ReadOnlyError         the folder or file cannot be written
│   ├── DiskFullError         no space is left
│   ├── StorageError          the disk failed in another way
│   ├── WrongPassphraseError  the key file does not open
│   ├── DamagedKeyError       the key file is none, or damaged
│   ├── NoKeyringError        the system has no keyring, or it refuses
│   ├── NoKeyError            this replica can read but not sign
│   ├── NotAllowedError       no certificate of the key allows this
│   ├── InvalidSaveError      a value that the format does not have
│   ├── UnknownError          a record, set or key that is not held here
│   ├── BadOfferError         an invitation that cannot be used
│   ├── NotConfirmableError   a request that asks for more than one device
│   └── BadBundleError        a file that is no bundle
├── TheirsError               the server
│   ├── WrongServerError      it does not prove to be the server of this deployment
│   ├── BrokenReplyError      what it said is not the exchange, or its signature does not fit
│   ├── RewrittenHistoryError its log does not continue what it showed before
│   ├── RefusedError          it refused the request; `problem` is its stable code
│   └── BusyError             it asks to come back later
└── NetworkError              the way there
    ├── OfflineError          no connection
    ├── CaptivePortalError    something on the way answered instead of the server
    └── CutError              the connection broke
"""

from typing import ClassVar

from haidang_syncclient.error_words import WORDS, Words
from haidang_syncclient.words import VIETNAMESE, Both


class SyncError(Exception):
    """Base of all; `code` is stable, `detail` and `detail_vi` are what it was about, for the curious and for the log.

    A detail that is words comes as a pair (`reasons`); one that reads alike in all languages, such as a path, as text.
    """

    code: ClassVar[str] = "sync"

    def __init__(self, detail: str | Both = "") -> None:
        both = Both(detail, detail) if isinstance(detail, str) else detail
        super().__init__(both.en)
        self.detail, self.detail_vi = both.en, both.vi

    def words(self, language: str) -> Words:
        """What happened, what is safe, what to do; Vietnamese for `vi`, English otherwise."""
        vi, en = WORDS[self.code]
        texts, detail = (vi, self.detail_vi) if language == VIETNAMESE else (en, self.detail)
        return Words(*(text.replace("{detail}", detail.rstrip(".")) for text in texts))

    def sentence(self, language: str) -> str:
        """The three as one line."""
        return " ".join(part for part in self.words(language) if part)

    def __str__(self) -> str:
        return self.sentence("en")


# ------------------------------------------------------------------------------------------------------- this device


class OursError(SyncError):
    """Something on this device."""


class OldSqliteError(OursError):
    """The SQLite library is older than 3.51.3."""

    code = "old-sqlite"


class NoReplicaError(OursError):
    """There is no replica at the path."""

    code = "no-replica"


class ReplicaExistsError(OursError):
    """A new replica would overwrite one."""

    code = "replica-exists"


class InUseError(OursError):
    """Another process holds the lock of the replica."""

    code = "in-use"


class NewerDatabaseError(OursError):
    """A newer version of the program made the database."""

    code = "newer-database"


class DamagedDatabaseError(OursError):
    """The file is no database, or pages of it are damaged."""

    code = "damaged-database"


class ReadOnlyError(OursError):
    """The folder or the file cannot be written."""

    code = "read-only"


class DiskFullError(OursError):
    """No space is left on the disk."""

    code = "disk-full"


class StorageError(OursError):
    """The disk failed in another way."""

    code = "storage"


class WrongPassphraseError(OursError):
    """The key file does not open with this passphrase."""

    code = "wrong-passphrase"


class DamagedKeyError(OursError):
    """The key file is none, or it is damaged."""

    code = "damaged-key"


class NoKeyringError(OursError):
    """There is no real keyring on this system, or it refuses."""

    code = "no-keyring"


class NoKeyError(OursError):
    """The replica was opened without the key that this needs."""

    code = "no-key"


class NotAllowedError(OursError):
    """No certificate of the key allows what was asked."""

    code = "not-allowed"


class InvalidSaveError(OursError):
    """A value that the format does not have."""

    code = "invalid-save"


class UnknownError(OursError):
    """A record, set, key or conflict that is not held here."""

    code = "unknown"


class BadOfferError(OursError):
    """An invitation that cannot be used."""

    code = "bad-offer"


class NotConfirmableError(OursError):
    """A request under an offer that asks for more than the one device that was compared."""

    code = "not-confirmable"


class BadBundleError(OursError):
    """A file that is no bundle, or nothing in it can be read."""

    code = "bad-bundle"


# -------------------------------------------------------------------------------------------------------- the server


class TheirsError(SyncError):
    """Something at the server."""


class WrongServerError(TheirsError):
    """It does not prove to be the server of this deployment: nothing was sent to it."""

    code = "wrong-server"


class BrokenReplyError(TheirsError):
    """What it said is not the exchange, or its signature does not fit."""

    code = "broken-reply"


class RewrittenHistoryError(TheirsError):
    """Its log does not continue what it showed before, and it did not say that it was restored."""

    code = "rewritten-history"


class RefusedError(TheirsError):
    """The server refused; `problem` is its stable code, `status` that of HTTP."""

    code = "refused"

    def __init__(self, problem: str, detail: str = "", status: int = 400, detail_vi: str = "") -> None:
        said = (f"{problem}: {text}" if text else problem for text in (detail_vi, detail))
        super().__init__(Both(*said))
        self.problem = problem
        self.status = status


class BusyError(TheirsError):
    """It asks to come back later; `retry_after_s` is None if it did not say when."""

    code = "busy"

    def __init__(self, detail: str | Both = "", retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


# ------------------------------------------------------------------------------------------------------- the network


class NetworkError(SyncError):
    """Something on the way."""


class OfflineError(NetworkError):
    """No connection could be made."""

    code = "offline"


class CaptivePortalError(NetworkError):
    """Something on the way answered instead of the server."""

    code = "captive-portal"


class CutError(NetworkError):
    """The connection broke; what the server took is found out by the next try."""

    code = "cut"
