"""`haidang enrol`: a new device takes an invitation, makes its key, asks to be certified, and says what to compare."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from haidang_protocol.enrolment import Offer, code_from_text, offer_from_text
from haidang_protocol.errors import CodeError, OfferError
from haidang_protocol.ids import fingerprint
from haidang_syncclient import keystore
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.civil_time import show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.hub_enrolment import ground_of_hub, offer_of_code
from haidang_syncclient.commands.key_keeping import Keeping, keep_key
from haidang_syncclient.commands.offer_file import OfferFile, read_offer_file
from haidang_syncclient.commands.sync import run_sync
from haidang_syncclient.enrolling import Ground
from haidang_syncclient.enrolling import enrol as make_replica
from haidang_syncclient.errors import BadOfferError, ReplicaExistsError, SyncError
from haidang_syncclient.keystore import SEED_BYTES


def enrol(  # noqa: PLR0913 - one parameter an option
    offer: str | None = None,
    *,
    code: str | None = None,
    url: str | None = None,
    offer_file: Path | None = None,
    no_passphrase: Annotated[bool, Parameter(negative=())] = False,
    keyring: Annotated[bool, Parameter(negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Enrol this device; until its officer has confirmed it, what it reports is kept and waits."""
    if desk.database.exists() or desk.key_file.exists():
        raise ReplicaExistsError(str(desk.home))
    if sum((offer is not None, code is not None and url is not None, offer_file is not None)) != 1:
        raise Refusal("one-offer")
    taken, ground = _offer(desk, offer, code, url, offer_file)
    passphrase = None if no_passphrase or keyring else desk.new_passphrase()
    signer = keep_key(desk, desk.key_file, desk.random(SEED_BYTES), Keeping(passphrase, keyring))
    try:
        replica = make_replica(desk.database, taken, ground, signer, clock=desk.now, randomness=desk.random)
    except BaseException:
        keystore.forget(desk.key_file)
        raise
    desk.adopt(replica)
    sentence, detail = _first_sync(desk)
    person = replica.people.person(replica.key, taken.unit)
    data = {
        "person": person.name, "label": person.label, "unit": taken.unit, "key": replica.key,
        "fingerprint": fingerprint(replica.key), "sent": sentence == "request-sent", "home": desk.home,
    }  # fmt: skip
    lines = [
        desk.say("enrolled", person=person.name or "?", unit=desk.unit_name(taken.unit)),
        desk.say("read-fingerprint", fingerprint=fingerprint(replica.key)),
        desk.say(sentence, detail=detail.rstrip(".")),
    ]
    return Answer(data, lines)


def _offer(
    desk: Desk, text: str | None, code: str | None, url: str | None, file: Path | None
) -> tuple[Offer, Ground]:
    """The offer, and what a new replica stands on: from the file if it holds that, else from the hub.

    Raises:
        Refusal: the offer or code cannot be read, has expired, or is not known at the hub.
        SyncError: the hub cannot be reached.
    """
    held = OfferFile(text or "") if file is None else read_offer_file(desk.read_bytes(file))
    offer = _read(held.text) if code is None else _typed(code, url or "")
    if desk.now() >= offer.expiry:
        raise Refusal("offer-expired", when=show_time(offer.expiry))
    try:
        return offer, held.ground or ground_of_hub(offer)
    except BadOfferError:
        raise Refusal("offer-not-known", url=offer.url) from None


def _read(text: str) -> Offer:
    try:
        return offer_from_text(text)
    except OfferError:
        raise Refusal("offer-unreadable") from None


def _typed(code: str, url: str) -> Offer:
    try:
        code_from_text(code)
    except CodeError:
        raise Refusal("code-unreadable") from None
    try:
        return offer_of_code(code, url)
    except BadOfferError:
        raise Refusal("code-refused") from None


def _first_sync(desk: Desk) -> tuple[str, str]:
    """Send the request at once if the hub can be reached; what to say about it, and with which detail."""
    try:
        report = run_sync(desk, 1)
    except SyncError as error:
        return "request-waits", error.words(desk.language).happened
    if report.error is not None:
        return "request-waits", report.error.words(desk.language).happened
    return "request-sent", ""
