"""Change sets and keys as people name them: by the start of an id, a fingerprint, or a person's name."""

from collections.abc import Iterable

import msgspec

from haidang_protocol import operations as op
from haidang_protocol.certificates import Certificate
from haidang_protocol.definitions.text import fold
from haidang_protocol.entries import read
from haidang_protocol.ids import fingerprint
from haidang_syncclient.commands.naming import hex_prefix, only
from haidang_syncclient.replica import Replica

_SET_DIGITS = 64


class Holder(msgspec.Struct, frozen=True):
    """A certified key: its certificate, and the set that names it."""

    certificate: Certificate
    set_id: bytes

    @property
    def key(self) -> bytes:
        """The key's id."""
        return self.certificate.key

    @property
    def fingerprint(self) -> str:
        """What two people compare aloud."""
        return fingerprint(self.key)


def find_sets(replica: Replica, texts: Iterable[str]) -> list[bytes]:
    """The held sets whose ids begin so.

    Raises:
        Refusal: one names none, or more than one.
    """
    return [_find_set(replica, text) for text in texts]


def _find_set(replica: Replica, text: str) -> bytes:
    prefix = hex_prefix(text)
    ids: list[bytes] = []
    if prefix is not None:
        first, last = (bytes.fromhex(prefix.ljust(_SET_DIGITS, digit)) for digit in "0f")
        rows = replica.database.rows("SELECT id FROM sets WHERE id BETWEEN ? AND ? LIMIT 6", (first, last))
        ids = [row[0] for row in rows]
    return only("set", text, [(each, each.hex()[:12]) for each in ids], "quarantine")


def holders(replica: Replica) -> list[Holder]:
    """Every certificate that a held authority set names, in the order of storing."""
    found: dict[bytes, Holder] = {}
    for held in replica.ledger.authority_sets():
        for entry in held.entries:
            certificate = read(entry, op.CERTIFY)
            if isinstance(certificate, Certificate):
                found.setdefault(certificate.id, Holder(certificate, held.facts.id))
    return list(found.values())


def find_key(replica: Replica, text: str) -> Holder:
    """The key that a text names: its fingerprint, the start of its id, or its person; offers only by key.

    Raises:
        Refusal: none, or more than one.
    """
    by_key = {each.key: each for each in holders(replica)}
    prefix, spelled = hex_prefix(text), text.strip().upper().replace("-", "")
    found = [
        (each, f"{each.fingerprint} {each.certificate.person}")
        for each in by_key.values()
        if spelled == each.fingerprint.replace("-", "")
        or (prefix is not None and each.key.hex().startswith(prefix))
        or (not each.certificate.offer and fold(text) == fold(each.certificate.person))
    ]
    names = [(each.certificate.person, each.certificate.person) for each in by_key.values()]
    return only("key", text, found, "devices", names)
