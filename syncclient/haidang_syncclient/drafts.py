"""Operations before they are sealed: what a form states, and which operations it was about.

A draft names the operations that it supersedes or covers by *targets* that stay right until it is sealed, whatever
arrives or is sealed in between. They become references, as short as SPEC O6 allows, in `sealing`.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from unicodedata import normalize

import msgspec

from haidang_protocol import canonical
from haidang_protocol.body import Address, Operation, Preimage, Save, record_id, slot_key
from haidang_protocol.columns import encode_body
from haidang_protocol.envelope import Header, OpenedSet, SetBytes, encode_header, open_set
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import ID16, TAG_BYTES
from haidang_protocol.operation_values import check_value
from haidang_protocol.operations import ATTEST, NAMES
from haidang_protocol.signatures import SIGNATURE_BYTES
from haidang_syncclient.errors import InvalidSaveError
from haidang_syncclient.reasons import of_protocol, within
from haidang_syncclient.words import Both

NO_FORM: Final = b""


class Target(NamedTuple):
    """An operation that another one is about.

    `source` is the id16 of the set where it stands, `at` its index there and `ordinal` the count from the last on its
    slot; or `source` is the tag of a save of one's own, `at` its index in that save and `ordinal` nothing; or `source` is
    empty and `at` the index among the drafts that are saved together.
    """

    source: bytes
    at: int
    ordinal: int = 0
    identity: bytes = b""

    @property
    def own(self) -> bool:
        """Whether it stands in a save of one's own."""
        return len(self.source) == TAG_BYTES

    @property
    def together(self) -> bool:
        """Whether it is saved together with what names it."""
        return not self.source


class Draft(msgspec.Struct, frozen=True, array_like=True):
    """One statement about one slot, not sealed yet."""

    kind: int
    record: bytes | Preimage
    address: Address = ""
    value: Any = None
    supersedes: tuple[Target, ...] = ()
    covers: tuple[Target, ...] = ()

    def slot(self, scope: bytes) -> tuple[bytes, str]:
        """(record id, slot key): where it meets others."""
        return record_id(self.record, scope), slot_key(self.kind, self.address)

    @property
    def role(self) -> str | None:
        """The role of an attest, None for every other kind."""
        return str(self.address) if self.kind == ATTEST else None


class PendingSave(msgspec.Struct, frozen=True, array_like=True):
    """One press of "save", durable and not sealed yet.

    `opening` is the same for all saves of one opening of the replica; `acting` the certificate of an authority save;
    `identities` (16 bytes each) are those of the drafts, which sealing does not change.
    """

    scope: bytes
    tag: bytes
    opening: bytes
    form: bytes
    time: int
    salt: bytes | None
    acting: bytes | None
    drafts: tuple[Draft, ...]
    identities: tuple[bytes, ...] = ()
    size: int = 0
    """Bytes of structure and values if it were sealed alone: an upper bound for its share of a set."""

    def target(self, at: int) -> Target:
        """The target that names its draft at an index."""
        return Target(self.tag, at, 0, self.identities[at])


def normal(value: Any) -> Any:
    """A value with its texts in NFC and its arrays as lists: what is saved, so that equal means equal bytes."""
    if isinstance(value, str):
        return normalize("NFC", value)
    if isinstance(value, list | tuple):
        return [normal(item) for item in value]
    return value


def check_values(drafts: Sequence[Draft]) -> None:
    """Refuse what the format has no value for.

    Raises:
        InvalidSaveError: naming the field.
    """
    for draft in drafts:
        try:
            canonical.check(draft.value)
            check_value(draft.kind, draft.value)
        except ProtocolError as error:
            raise InvalidSaveError(
                within(draft.address or NAMES.get(draft.kind, "?"), of_protocol(error))
            ) from error


def checked(save: PendingSave, key: bytes) -> PendingSave:
    """The save with its identities and size, after a trial of everything that sealing will ask of it.

    Raises:
        InvalidSaveError: it holds nothing, or a value that the format does not have.
    """
    placeholders = tuple(
        Operation(draft.kind, draft.record, draft.address, draft.value) for draft in save.drafts
    )
    if not placeholders:
        raise InvalidSaveError(Both("chưa có gì thay đổi", "nothing was changed"))
    header = Header(key, save.scope, 0, 0, (), save.time, save.tag, save.acting)
    try:
        opened = lay_out(header, [Save(save.form, save.time, placeholders, save.salt)])
    except ProtocolError as error:
        raise InvalidSaveError(of_protocol(error)) from error
    size = len(opened.parts.structure) + len(opened.parts.values)
    identities = tuple(leaf[:ID16] for leaf in opened.leaves)
    return msgspec.structs.replace(save, identities=identities, size=size)


def lay_out(header: Header, saves: list[Save]) -> OpenedSet:
    """A change set as it will be sealed, with an empty signature; its id is already the right one.

    Raises:
        MalformedError, NotCanonicalError, LimitError: the saves hold what the format does not allow.
    """
    structure, values = encode_body(saves)
    return open_set(SetBytes(encode_header(header), bytes(SIGNATURE_BYTES), structure, values))


def joined(saves: Sequence[PendingSave]) -> list[PendingSave]:
    """Saves that one form was cut into, with targets in place of the indices by which their drafts name each other."""
    targets = [save.target(at) for save in saves for at in range(len(save.drafts))]

    def settle(named: tuple[Target, ...]) -> tuple[Target, ...]:
        return tuple(targets[target.at] if target.together else target for target in named)

    return [
        msgspec.structs.replace(
            save,
            drafts=tuple(
                msgspec.structs.replace(
                    draft, supersedes=settle(draft.supersedes), covers=settle(draft.covers)
                )
                for draft in save.drafts
            ),
        )
        for save in saves
    ]
