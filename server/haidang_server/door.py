"""The door: what comes in is opened, bounded and verified here, outside the writer; what fails is not stored (SPEC V1).

A frame is refused with a code, never with blame: the caller keeps its sets.
"""

import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import keys
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import Entry, read
from haidang_protocol.envelope import OpenedSet, verify
from haidang_protocol.errors import KeyRefusedError, ProtocolError, SignatureError
from haidang_protocol.frames import FrameReader
from haidang_protocol.messages import Columns, Refusal
from haidang_protocol.operations import CERTIFY

RESEND: Final = "resend"
UNKNOWN_KEY: Final = "unknown-key"
QUOTA: Final = "quota"
_KEYS_MAX: Final = 100_000


class Admitted(NamedTuple):
    """What of a group may be stored (`numbers` count the frames over the request), and which frames may not."""

    sets: list[OpenedSet]
    numbers: list[int]
    refusals: list[Refusal]

    def refused(self, code: str) -> "Admitted":
        """The same group, none of it taken."""
        refusals = [Refusal(number, code) for number in self.numbers]
        return Admitted([], [], sorted([*self.refusals, *refusals], key=lambda each: each.frame))


class KeyRing:
    """Public keys ready for use, checked once each: a key of small or mixed order is none (SPEC B1)."""

    def __init__(self, known: Callable[[bytes], bytes | None]) -> None:
        """`known` gives the 32 bytes of a key that a held certificate names."""
        self._known = known
        self._ready: dict[bytes, Ed25519PublicKey | KeyRefusedError] = {}
        self._lock = threading.Lock()

    def find(self, key: bytes) -> Ed25519PublicKey | None:
        """The key of an id, None if no held certificate names it.

        Raises:
            KeyRefusedError: it must not be used.
        """
        raw = self._known(key)
        return None if raw is None else self.ready(key, raw)

    def ready(self, key: bytes, raw: bytes) -> Ed25519PublicKey:
        """The key of 32 bytes.

        Raises:
            KeyRefusedError: it must not be used.
        """
        found = self._ready.get(key)
        if found is None:
            try:
                found = keys.public_key(raw)
            except KeyRefusedError as error:
                found = error
            with self._lock:
                if len(self._ready) >= _KEYS_MAX:
                    self._ready.clear()
                self._ready[key] = found
        if isinstance(found, KeyRefusedError):
            raise found
        return found


class Door:
    """The door for one request: keys that its own frames certify are known to the frames behind them."""

    def __init__(self, ring: KeyRing, reader: FrameReader) -> None:
        self._ring = ring
        self._reader = reader
        self._brought: dict[bytes, bytes] = {}

    def admit(self, group: Columns) -> Admitted:
        """Open and verify the frames of a group; groups come in order."""
        admitted = Admitted([], [], [])
        for frame in self._reader.read(group):
            try:
                if isinstance(frame.result, ProtocolError):
                    raise frame.result
                admitted.sets.append(self.check(frame.result))
                admitted.numbers.append(frame.number)
            except ProtocolError as error:
                restored = frame.restored and error.code != UNKNOWN_KEY
                admitted.refusals.append(Refusal(frame.number, RESEND if restored else error.code))
        return admitted

    def find(self, key: bytes) -> Ed25519PublicKey | None:
        """A key that a held certificate names, or one that this request brought.

        Raises:
            KeyRefusedError: it must not be used.
        """
        raw = self._brought.get(key)
        return self._ring.find(key) if raw is None else self._ring.ready(key, raw)

    def check(self, opened: OpenedSet) -> OpenedSet:
        """Check the signature of a set; an authority set's certificates count for what comes after it.

        Raises:
            ProtocolError: it must not be stored.
        """
        public_key = self.find(opened.header.key)
        if public_key is None:
            raise _UnknownKeyError
        verify(opened, public_key)
        if opened.header.acting is not None:
            self._learn(opened)
        return opened

    def _learn(self, opened: OpenedSet) -> None:
        """Remember the keys that a verified authority set certifies."""
        for operation in opened.body.operations:
            certificate = read(Entry(operation.kind, b"", operation.value, b""), CERTIFY)
            if isinstance(certificate, Certificate):
                self._brought[certificate.key] = certificate.public_key


class _UnknownKeyError(SignatureError):
    """No held certificate names the key: the signature cannot be checked yet."""

    code = UNKNOWN_KEY
