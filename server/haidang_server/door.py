"""The door: which of the opened frames may be stored; what may not is not stored, and the caller keeps it (SPEC V1).

A frame is refused with a code, never with blame.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import keys
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import Entry
from haidang_protocol.envelope import OpenedSet, verify
from haidang_protocol.errors import KeyRefusedError, ProtocolError, SignatureError
from haidang_protocol.messages import Refusal
from haidang_protocol.statements import OwnTip
from haidang_server.errors import RequestMalformedError
from haidang_server.opener import OpenedFrame, Question
from haidang_server.openers import Openers

if TYPE_CHECKING:
    from haidang_protocol.frames import Before

RESEND: Final = "resend"
UNKNOWN_KEY: Final = "unknown-key"
QUOTA: Final = "quota"
_KEYS_MAX: Final = 100_000
_TOLD_MAX: Final = 64


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
    """Public keys, checked once each: a key of small or mixed order is none (SPEC B1)."""

    def __init__(self, known: Callable[[bytes], bytes | None]) -> None:
        """`known` gives the 32 bytes of a key that a held certificate names."""
        self._known = known
        self._checked: dict[bytes, KeyRefusedError | None] = {}

    def find(self, key: bytes) -> bytes | None:
        """The 32 bytes of a key id, None if no held certificate names it.

        Raises:
            KeyRefusedError: it must not be used.
        """
        raw = self._known(key)
        return None if raw is None else self.checked(raw)

    def checked(self, raw: bytes) -> bytes:
        """The key again, if it may be used.

        Raises:
            KeyRefusedError: it must not be.
        """
        if raw not in self._checked:
            if len(self._checked) >= _KEYS_MAX:
                self._checked.clear()
            try:
                keys.public_key(raw)
                self._checked[raw] = None
            except KeyRefusedError as error:
                self._checked[raw] = error
        refused = self._checked[raw]
        if refused is not None:
            raise refused
        return raw


class Keys:
    """The keys for one request: those that its own frames certify are known to the frames behind them."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._brought: dict[bytes, bytes] = {}
        self.certifiers: dict[bytes, bytes] = {}
        """By key that this request brought: who certified it."""

    def find(self, key: bytes) -> bytes | None:
        """A key that a held certificate names, or one that this request brought.

        Raises:
            KeyRefusedError: it must not be used.
        """
        raw = self._brought.get(key)
        return self._ring.find(key) if raw is None else self._ring.checked(raw)

    def check(self, opened: OpenedSet, *, checked: bool = False) -> bytes:
        """Check the signature of a set unless that was done; an authority set's certificates count from then on.

        Raises:
            ProtocolError: the set must not be stored.
        """
        raw = self.find(opened.header.key)
        if raw is None:
            raise _UnknownKeyError
        if not checked:
            verify(opened, Ed25519PublicKey.from_public_bytes(raw))
        if opened.header.acting is not None:
            self._learn(opened)
        return raw

    def _learn(self, opened: OpenedSet) -> None:
        for operation in opened.body.operations:
            certificate = Entry(operation.kind, b"", operation.value, b"").meaning
            if isinstance(certificate, Certificate):
                self._brought[certificate.key] = certificate.public_key
                self.certifiers.setdefault(certificate.key, opened.header.key)


class Door:
    """The door for one request, whose prelude names a key and its tips."""

    def __init__(self, keys: Keys, openers: Openers, key: bytes, tips: tuple[OwnTip, ...]) -> None:
        self._keys = keys
        self._openers = openers
        self._key = key
        self._tips = tips
        self._before: Before | None = None
        self._frames = 0
        self._groups = 0
        self._told: dict[bytes, None] = {}

    async def admit(self, message: bytes) -> Admitted:
        """Open and check the next group.

        Raises:
            RequestMalformedError: it is none.
            BusyError: the opener ended in the middle of it.
        """
        told = tuple(self._told)
        group = await self._openers.open(Question(message, self._key, self._tips, self._before, told))
        if group.fault or (group.chain and self._groups):
            raise RequestMalformedError(group.fault or "certificates come first")
        self._groups += 1
        self._before = group.before
        admitted = Admitted([], [], [])
        for frame in group.frames:
            self._take(frame, admitted)
        return admitted

    def tell(self, raw: bytes) -> None:
        """A key that the next groups are likely to need."""
        if len(self._told) < _TOLD_MAX:
            self._told[raw] = None

    def _take(self, frame: OpenedFrame, admitted: Admitted) -> None:
        number = self._frames
        self._frames += 1
        code = frame.code
        if frame.opened is not None:
            try:
                raw = self._keys.check(frame.opened, checked=frame.checked)
            except ProtocolError as error:
                code = error.code
            else:
                if not frame.checked:
                    self.tell(raw)
                admitted.sets.append(frame.opened)
                admitted.numbers.append(number)
                return
        if frame.restored and code != UNKNOWN_KEY:
            code = RESEND
        admitted.refusals.append(Refusal(number, code))


class _UnknownKeyError(SignatureError):
    """No held certificate names the key: the signature cannot be checked yet."""

    code = UNKNOWN_KEY
