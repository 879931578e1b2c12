"""`POST /v1/enrol` as a use case: one question, one answer (SPEC E5)."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import canonical, keys, statements
from haidang_protocol.certificates import Certificate
from haidang_protocol.entries import Entry
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import KeyRefusedError, LimitError, ProtocolError, SignatureError
from haidang_protocol.frames import FrameReader
from haidang_protocol.ids import ID16
from haidang_protocol.limits import ENROLMENT_BYTES_MAX
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
from haidang_server.carriers import Carrier, carrier_of
from haidang_server.door import Keys
from haidang_server.enrolment import GroundBook, give_offer, keep_offer
from haidang_server.errors import (
    KeyUnknownError,
    NotFoundError,
    QuotaSpentError,
    RequestMalformedError,
    SignatureWrongError,
    TooLargeError,
    TooManyTriesError,
    WrongServerError,
)
from haidang_server.exchange import Hall
from haidang_server.hub import Hub
from haidang_server.quota import Allowance, Quota
from haidang_server.receipts import receipt_for

_LEVEL: Final = 6
_CHALLENGES_MAX: Final = 10_000
ONE_PLACE: Final = Allowance(burst=20, rate=60 / 3_600)
"""Questions from one place that found nothing: so many at once, so many a second. A code has 80 bits, so who guesses finds
nothing in any case; and what is found is always given, so nobody is kept from enrolling by what others ask."""
_MESSAGES_MAX: Final = 2

Answered = Sequence[Message]


class _Fresh(NamedTuple):
    """A set that the hub does not hold, and who is charged for it."""

    opened: OpenedSet
    carrier: Carrier


class EnrolDesk:
    """Answers questions of enrolment."""

    def __init__(self, hall: Hall, randomness: Callable[[int], bytes], ticks: Callable[[], float]) -> None:
        """`hall` is that of the exchange; `ticks` are seconds of a clock that never jumps."""
        self._server = hall.server
        self._writer = hall.writer
        self._ring = hall.ring
        self._quota = hall.quota
        self._clock = hall.clock
        self._randomness = randomness
        self._misses = Quota(ticks, anybody=ONE_PLACE)
        self._grounds = GroundBook()
        self._challenges: dict[bytes, None] = {}

    async def answer(self, body: bytes, address: str) -> bytes:
        """The answer to one request; `address` is where it comes from, to slow down who guesses.

        Raises:
            ServerError: with what is wrong.
        """
        match await asyncio.to_thread(_read, body):
            case [OfferQuestion(code_id)]:
                answered = await self._guess(address, lambda hub: [give_offer(hub, code_id, self._clock())])
            case [GroundQuestion(certificate)]:
                challenge = self._randomness(ID16)
                answered = await self._guess(
                    address, lambda hub: self._grounds.of(hub, certificate, challenge)
                )
                self._remember(challenge)
            case [OfferDeposit() as message]:
                deposit = self._deposit(message)
                answered = await self._writer.ask(lambda hub: [keep_offer(hub, deposit, self._clock())])
            case [Possession() as possession, Chain() as chain]:
                answered = await self._enter(possession, chain)
            case _:
                raise RequestMalformedError("no question of enrolment")
        return write_body(answered, _LEVEL)

    async def _guess(self, address: str, ask: Callable[[Hub], Answered]) -> Answered:
        """Answer who may be guessing: what is found is given, whoever else asks in vain from the same place."""
        try:
            return await self._writer.ask(ask)
        except NotFoundError:
            if self._misses.within(_place(address), 1):
                raise
            raise TooManyTriesError from None

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
            sets = await asyncio.to_thread(self._opened, chain)
        except ProtocolError as error:
            raise SignatureWrongError(error) from None
        if not any(_certifies(opened, possession.public_key) for opened in sets):
            raise RequestMalformedError("no certificate of this key")
        fresh = await self._fresh(sets, possession.public_key)
        digest = request_digest([canonical.encode(chain)])
        ids = [opened.id for opened in sets]
        receipt = await self._writer.submit(fresh, lambda hub, _: receipt_for(hub, digest, ids))
        return [Acknowledgement(*receipt)] if receipt is not None else []

    async def _fresh(self, sets: Sequence[OpenedSet], public_key: bytes) -> list[OpenedSet]:
        """The set that is to be stored, if any: of those that the hub does not hold, one that certifies the key and no more.

        Raises:
            RequestMalformedError: there are others.
            QuotaSpentError: whoever certified the key brought as much as it may.
        """
        now = self._clock()

        def judged(hub: Hub) -> list[_Fresh]:
            unknown = [opened for opened in sets if hub.ledger.facts(opened.id) is None]
            return [_Fresh(each, carrier_of(hub, each.header.key, {}, now)) for each in unknown]

        fresh = await self._writer.ask(judged)
        if not fresh:
            return []
        opened, carrier = fresh[0]
        if len(fresh) > 1 or opened.body.size > 1 or not _certifies(opened, public_key):
            raise RequestMalformedError("one set that certifies this key, and nothing else, was expected")
        size = sum(map(len, msgspec.structs.astuple(opened.parts)))
        if not (carrier.good or self._quota.within(carrier.account, size)):
            raise QuotaSpentError
        return [opened]

    def _opened(self, chain: Chain) -> list[OpenedSet]:
        known = Keys(self._ring)
        sets = []
        for frame in FrameReader().read(chain):
            if isinstance(frame.result, ProtocolError):
                raise frame.result
            known.check(frame.result)
            sets.append(frame.result)
        return sets

    def _remember(self, challenge: bytes) -> None:
        """Note random bytes that a new key is to sign; in memory, so that after a restart they are asked for again."""
        while len(self._challenges) >= _CHALLENGES_MAX:
            del self._challenges[next(iter(self._challenges))]
        self._challenges[challenge] = None


def _read(body: bytes) -> list[EnrolMessage]:
    stream = StreamReader(ENROLMENT_BYTES_MAX)
    messages: list[EnrolMessage] = []
    try:
        for data in stream.feed(body):
            if len(messages) == _MESSAGES_MAX:
                raise RequestMalformedError("more messages than a question of enrolment has")
            messages.append(read_enrol_message(data))
    except LimitError as error:
        raise TooLargeError(error) from None
    except ProtocolError as error:
        raise RequestMalformedError(error) from None
    if not stream.complete:
        raise RequestMalformedError("the request ends too early")
    return messages


def _certifies(opened: OpenedSet, public_key: bytes) -> bool:
    meanings = [Entry(each.kind, b"", each.value, b"").meaning for each in opened.body.operations]
    return any(isinstance(each, Certificate) and each.public_key == public_key for each in meanings)


def _place(address: str) -> bytes:
    """What counts as one place: an address, or of IPv6 the network of 64 bits that one household gets."""
    try:
        known = ip_address(address)
    except ValueError:
        return address.encode()
    return known.packed[:8] if isinstance(known, IPv6Address) and known.ipv4_mapped is None else known.packed
