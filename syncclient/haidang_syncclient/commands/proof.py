"""Where values are proven: for each change set its signature, checked anew, its place in its chain, and the hub's receipts."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from haidang_protocol.envelope import open_set
from haidang_protocol.ids import scope_unit
from haidang_syncclient.commands.civil_time import iso_time
from haidang_syncclient.intake import signature_holds
from haidang_syncclient.replica import Replica


class Proof(NamedTuple):
    """What vouches for one change set. `received` (seconds) and `sequence` are the hub's word, None without it."""

    set_id: bytes
    key: bytes
    person: str
    signature: bool
    incarnation: int
    position: int
    previous: tuple[bytes, ...]
    verdict: str
    received: int | None
    sequence: int | None
    receipts: tuple[tuple[bytes, bytes], ...]

    def data(self) -> dict[str, Any]:
        """For `--json`; receipts as they were signed."""
        return {
            **self._asdict(),
            "received": None if self.received is None else iso_time(self.received),
            "receipts": [{"receipt": data, "signature": signature} for data, signature in self.receipts],
        }


def proofs(replica: Replica, ids: Iterable[bytes]) -> list[Proof]:
    """The proofs of held sets, oldest first."""
    found = []
    for set_id, parts in replica.store.parts(sorted(ids)).items():
        opened = open_set(parts)
        header = opened.header
        public_key = replica.ledger.public_key(header.key)
        placed = replica.hub.placed([set_id]).get(set_id)
        verdict = replica.ledger.verdict(set_id)
        found.append(
            Proof(
                set_id=set_id,
                key=header.key,
                person=replica.people.person(header.key, scope_unit(header.scope)).name,
                signature=public_key is not None and signature_holds(opened, public_key),
                incarnation=header.incarnation,
                position=header.position,
                previous=header.previous,
                verdict="" if verdict is None else verdict.word,
                received=None if placed is None else placed.received,
                sequence=None if placed is None else placed.sequence,
                receipts=tuple((signed.data, signed.signature) for signed in replica.hub.receipts([set_id])),
            )
        )
    return sorted(found, key=lambda proof: (proof.key, proof.incarnation, proof.position))
