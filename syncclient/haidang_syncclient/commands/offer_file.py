"""The offer file: an invitation with all that a new device needs where there is no network.

The first line is the text of the offer, the second the genesis in base64, and behind them stands a bundle with the authority
sets that lead to the offer. A file with the first line alone is an offer too.
"""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import NamedTuple

from haidang_protocol import canonical
from haidang_protocol.bundle import BundleReader, Manifest, write_bundle
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.enrolling import Ground
from haidang_syncclient.files import write_new
from haidang_syncclient.replica import Replica


class OfferFile(NamedTuple):
    """What an offer file holds; `ground` is None if it is the text of an offer alone."""

    text: str
    ground: Ground | None = None


def write_offer_file(file: Path, text: str, replica: Replica) -> None:
    """Write an offer with the genesis and all authority that the replica holds; readable by its owner alone.

    Raises:
        Refusal: the file exists.
        ReadOnlyError, DiskFullError: it cannot be written.
    """
    ids = [held.facts.id for held in replica.ledger.authority_sets()]
    parts = replica.store.parts(ids)
    manifest = Manifest(replica.key, (), len(parts))
    genesis = b64encode(canonical.encode(replica.deployment.genesis.to_value()))
    bundle = b"".join(write_bundle(manifest, parts.items()))
    try:
        write_new(file, b"\n".join((text.encode(), genesis, bundle)), mode=0o600)
    except FileExistsError:
        raise Refusal("file-exists", file=file) from None


def read_offer_file(data: bytes) -> OfferFile:
    """Read an offer file, or a file with the text of an offer alone.

    Raises:
        Refusal: it is neither (offer-unreadable).
    """
    text, _, rest = data.partition(b"\n")
    encoded, _, bundle = rest.partition(b"\n")
    try:
        offer = text.decode("utf-8-sig").strip()
        if not encoded.strip():
            return OfferFile(offer)
        genesis = genesis_from_value(canonical.decode(b64decode(encoded, validate=True)))
    except (ValueError, ProtocolError):
        raise Refusal("offer-unreadable") from None
    reader = BundleReader()
    found = [*reader.feed(bundle), *reader.finish()]
    return OfferFile(offer, Ground(genesis, [each for each in found if isinstance(each, OpenedSet)]))
