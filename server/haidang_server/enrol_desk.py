"""`POST /v1/enrol` as a use case: one question, one answer (SPEC E5)."""

from collections.abc import Callable, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import canonical, keys, statements
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import Entry
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import KeyRefusedError, ProtocolError, SignatureError
from haidang_protocol.frames import FrameReader
from haidang_protocol.ids import ID16
from haidang_protocol.messages import (
    Acknowledgement,
    Chain,
    EnrolMessage,
    GroundQuestion,
    Message,
    OfferDeposit,
    OfferQuestion,
    Possession,
    read_enrol_message,
)
from haidang_protocol.statements import Deposit, Signed
from haidang_protocol.stream import StreamReader, request_digest, write_body
from haidang_server.door import KeyRing, Keys
from haidang_server.enrolment import give_offer, ground_for, keep_offer
from haidang_server.errors import (
    KeyUnknownError,
    NotFoundError,
    RequestMalformedError,
    SignatureWrongError,
    TooManyTriesError,
    WrongServerError,
)
from haidang_server.hub import Hub
from haidang_server.quota import Allowance, Quota
from haidang_server.receipts import receipt_for
from haidang_server.system_clock import Clock
from haidang_server.writer import Writer

_LEVEL: Final = 6
_CHALLENGES_MAX: Final = 10_000
_EVERYBODY: Final = b""
ONE_ADDRESS: Final = Allowance(burst=20, rate=60 / 3_600)
ALL_ADDRESSES: Final = Allowance(burst=600, rate=3_600 / 3_600)
"""Questions that found nothing: so many at once, so many a second. A code has 80 bits, so this is to keep the log quiet."""


Answered = Sequence[Message]


class EnrolDesk:
    """Answers questions of enrolment."""

    def __init__(
        self,
        server: bytes,
        writer: Writer,
        ring: KeyRing,
        clock: Clock,
        randomness: Callable[[int], bytes],
        ticks: Callable[[], float],
    ) -> None:
        """`server` is the hub's id; `ticks` are seconds of a clock that never jumps."""
        self._server = server
        self._writer = writer
        self._ring = ring
        self._clock = clock
        self._randomness = randomness
        self._misses = Quota(ticks, anybody=ONE_ADDRESS)
        self._all_misses = Quota(ticks, anybody=ALL_ADDRESSES)
        self._challenges: dict[bytes, None] = {}

    async def answer(self, body: bytes, address: str) -> bytes:
        """The answer to one request; `address` is where it comes from, to slow down who guesses.

        Raises:
            ServerError: with what is wrong.
        """
        match _read(body):
            case [OfferQuestion(code_id)]:
                answered = await self._guess(address, lambda hub: [give_offer(hub, code_id, self._clock())])
            case [GroundQuestion(certificate)]:
                challenge = self._challenge()
                answered = await self._guess(address, lambda hub: ground_for(hub, certificate, challenge))
            case [OfferDeposit() as message]:
                deposit = self._deposit(message)
                answered = await self._writer.ask(lambda hub: [keep_offer(hub, deposit, self._clock())])
            case [Possession() as possession, Chain() as chain]:
                answered = await self._enter(possession, chain)
            case _:
                raise RequestMalformedError("no question of enrolment")
        return write_body(answered, _LEVEL)

    async def _guess(self, address: str, ask: Callable[[Hub], Answered]) -> Answered:
        """Answer who may be guessing."""
        name = address.encode()
        if not (self._misses.allows(name, 1) and self._all_misses.allows(_EVERYBODY, 1)):
            raise TooManyTriesError
        try:
            return await self._writer.ask(ask)
        except NotFoundError:
            self._misses.within(name, 1)
            self._all_misses.within(_EVERYBODY, 1)
            raise

    def _deposit(self, message: OfferDeposit) -> Deposit:
        """A deposit whose signature fits; whether its key may make it is asked later."""
        try:
            deposit = statements.decode(Deposit, message.deposit)
            if deposit.server != self._server:
                raise WrongServerError
            raw = self._ring.find(deposit.key)
            if raw is None:
                raise KeyUnknownError
            key = Ed25519PublicKey.from_public_bytes(raw)
            return statements.verify(Deposit, Signed(message.deposit, message.signature), key)
        except (SignatureError, KeyRefusedError):
            raise SignatureWrongError from None
        except ProtocolError as error:
            raise RequestMalformedError(error) from None

    async def _enter(self, possession: Possession, chain: Chain) -> Answered:
        """Store the set that certifies a new key, whose holder proved to hold it."""
        if possession.challenge not in self._challenges:
            raise SignatureWrongError
        del self._challenges[possession.challenge]
        try:
            key = keys.public_key(possession.public_key)
            keys.check_possession(key, self._server + possession.challenge, possession.proof)
            sets = self._opened(chain)
        except ProtocolError as error:
            raise SignatureWrongError(error) from None
        if not any(_certifies(opened, possession.public_key) for opened in sets):
            raise RequestMalformedError("no certificate of this key")
        digest = request_digest([canonical.encode(chain)])
        ids = [opened.id for opened in sets]
        receipt = await self._writer.submit(sets, lambda hub, _: receipt_for(hub, digest, ids))
        return [Acknowledgement(*receipt)] if receipt is not None else []

    def _opened(self, chain: Chain) -> list[OpenedSet]:
        known = Keys(self._ring)
        sets = []
        for frame in FrameReader().read(chain):
            if isinstance(frame.result, ProtocolError):
                raise frame.result
            known.check(frame.result)
            sets.append(frame.result)
        return sets

    def _challenge(self) -> bytes:
        """Random bytes that a new key signs; in memory, so that after a restart they are to be asked for again."""
        while len(self._challenges) >= _CHALLENGES_MAX:
            del self._challenges[next(iter(self._challenges))]
        challenge = self._randomness(ID16)
        self._challenges[challenge] = None
        return challenge


def _read(body: bytes) -> list[EnrolMessage]:
    stream = StreamReader()
    try:
        messages = [read_enrol_message(data) for data in stream.feed(body)]
    except ProtocolError as error:
        raise RequestMalformedError(error) from None
    if not stream.complete:
        raise RequestMalformedError("the request ends too early")
    return messages


def _certifies(opened: OpenedSet, public_key: bytes) -> bool:
    meanings = [Entry(each.kind, b"", each.value, b"").meaning for each in opened.body.operations]
    return any(isinstance(each, Certificate) and each.public_key == public_key for each in meanings)
