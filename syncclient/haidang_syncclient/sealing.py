"""From pending saves to change sets: where to cut, which place in the log, how to name what they are about. Pure.

A set holds saves of one scope and one opening, under one certificate, within the limits (SPEC B4, B8, V2). `plan` lays
sets out without signing them, so that what is saved and not sealed yet can be read merged like everything else; signing
them is all that sealing adds.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec

from haidang_protocol import canonical
from haidang_protocol.body import SAME_SET, Operation, Reference, Save, slot_key
from haidang_protocol.envelope import Header, OpenedSet
from haidang_protocol.ids import next_tag
from haidang_protocol.limits import SET_BYTES_MAX, SET_OPERATIONS_MAX, SET_REFERENCES_MAX
from haidang_syncclient.drafts import Draft, PendingSave, Target, check_values, checked, joined, lay_out
from haidang_syncclient.errors import InvalidSaveError
from haidang_syncclient.words import Both

_CONTENT_BYTES_MAX: Final = SET_BYTES_MAX - 4096
"""What 64 predecessors, the rest of a header and the signature leave."""
_REFERENCE_BYTES: Final = 24
"""An id16, an ordinal and their share of the columns."""
_DRAFT_BYTES: Final = 256
"""Record, address and kind of one operation."""

T = TypeVar("T")
Allowing = Callable[[Draft], frozenset[bytes]]
"""The certificates under which a draft may be said."""


class LogEnd(NamedTuple):
    """Where the next set of a log stands."""

    incarnation: int
    position: int
    previous: tuple[bytes, ...]

    def after(self, opened: OpenedSet) -> "LogEnd":
        """Where the set after that one stands."""
        return LogEnd(self.incarnation, opened.header.position + 1, (opened.id,))


class Place(NamedTuple):
    """Where an operation stands: its set, its index there, its ordinal on its slot."""

    id16: bytes
    at: int
    ordinal: int


class Author(msgspec.Struct, frozen=True):
    """What planning needs to know of the one who signs.

    `allowing` gives the certificates that allow a draft in the scope; `place_of` where an operation of one's own that is
    sealed already stands; `position_of` the position of a set, by its id16, if the log leads back to it without a fork,
    a gap or another incarnation.
    """

    key: bytes
    allowing: Allowing
    place_of: Callable[[Target], Place | None]
    position_of: Callable[[bytes], int | None]


class Load(NamedTuple):
    """How much of the limits something takes; `size` in bytes, an upper bound."""

    operations: int
    references: int
    size: int

    def plus(self, other: "Load") -> "Load":
        """Both together."""
        return Load(*map(sum, zip(self, other, strict=True)))

    @property
    def fits(self) -> bool:
        """Whether one set holds it."""
        return (
            self.operations <= SET_OPERATIONS_MAX
            and self.references <= SET_REFERENCES_MAX
            and self.size + _REFERENCE_BYTES * self.references <= _CONTENT_BYTES_MAX
        )


def load_of(save: PendingSave) -> Load:
    """The load of a save."""
    return Load(len(save.drafts), sum(map(references_of, save.drafts)), save.size)


def references_of(draft: Draft) -> int:
    """How many references a draft will hold."""
    return len(draft.supersedes) + len(draft.covers)


def saves_of(drafts: Sequence[Draft], allowing: Allowing) -> list[list[Draft]]:
    """Cut the drafts of one form into saves that one certificate allows as a whole, and that fit into a set each."""

    def load(draft: Draft) -> Load:
        return Load(1, references_of(draft), len(canonical.encode(draft.value)) + _DRAFT_BYTES)

    return _cut(drafts, load, allowing, lambda _before, _next: True)


def compose(blank: PendingSave, drafts: Sequence[Draft], allowing: Allowing, key: bytes) -> list[PendingSave]:
    """The saves that one press of "save" makes, tried out so that sealing them cannot fail.

    Args:
        blank: a save without drafts; the first save has its tag, the next ones the tags behind it.
        drafts: in order; targets without a source name each other by index.
        allowing: the certificates under which a draft may be said.
        key: of the author.

    Raises:
        InvalidSaveError: nothing to save, or a value that the format does not have.
    """
    check_values(drafts)
    parts = saves_of(drafts, allowing) or [[]]
    saves = [
        msgspec.structs.replace(blank, tag=next_tag(blank.tag, at), drafts=tuple(part))
        for at, part in enumerate(parts)
    ]
    made = joined([checked(save, key) for save in saves])
    if not all(load_of(save).fits for save in made):
        raise InvalidSaveError(
            Both(
                "nói về nhiều hơn một gói thay đổi chứa được",
                "it is about more than fits into one change set",
            )
        )
    return made


def groups_of(saves: Sequence[PendingSave], allowing: Allowing) -> list[list[PendingSave]]:
    """Cut the saves of one scope, in their order, into those that make one set each."""

    def allowing_all(save: PendingSave) -> frozenset[bytes]:
        return frozenset.intersection(*map(allowing, save.drafts))

    def follows(before: PendingSave, save: PendingSave) -> bool:
        return (save.opening, save.acting, save.tag) == (
            before.opening,
            before.acting,
            next_tag(before.tag, 1),
        )

    return _cut(saves, load_of, allowing_all, follows)


def _cut(
    items: Sequence[T],
    load: Callable[[T], Load],
    allowing: Callable[[T], frozenset[bytes]],
    follows: Callable[[T, T], bool],
) -> list[list[T]]:
    """Cut a sequence as late as limits, rights and order allow. What nobody allows stands apart from what somebody does."""
    found: list[list[T]] = []
    total, allowed = Load(0, 0, 0), frozenset[bytes]()
    for item in items:
        mine, bigger = allowing(item), total.plus(load(item))
        together = allowed & mine
        agree = bool(together) or not (allowed or mine)
        if found and agree and bigger.fits and follows(found[-1][-1], item):
            found[-1].append(item)
            total, allowed = bigger, together
        else:
            found.append([item])
            total, allowed = load(item), mine
    return found


def plan(scope: bytes, saves: Sequence[PendingSave], end: LogEnd, author: Author) -> list[OpenedSet]:
    """Lay out the sets that the pending saves of a scope make, one after the other from the end of the log."""
    planned: list[OpenedSet] = []
    held: dict[bytes, tuple[OpenedSet, int]] = {}
    for group in groups_of(saves, author.allowing):
        last = group[-1]
        header = Header(
            author.key,
            scope,
            end.incarnation,
            end.position,
            end.previous,
            last.time,
            group[0].tag,
            last.acting,
        )
        naming = _Naming(scope, header, group, planned, held, author)
        opened = lay_out(header, [naming.save(save) for save in group])
        for at, save in enumerate(group):
            held[save.tag] = (opened, at)
        planned.append(opened)
        end = end.after(opened)
    return planned


class _Naming:
    """Turns the targets of one set's drafts into references."""

    def __init__(
        self,
        scope: bytes,
        header: Header,
        group: Sequence[PendingSave],
        planned: Sequence[OpenedSet],
        held: dict[bytes, tuple[OpenedSet, int]],
        author: Author,
    ) -> None:
        self._header, self._author, self._held = header, author, held
        self._first = {
            save.tag: sum(len(each.drafts) for each in group[:at]) for at, save in enumerate(group)
        }
        self._slots = [draft.slot(scope) for save in group for draft in save.drafts]
        self._line = {opened.id16: opened.header.position for opened in planned}
        self._at = 0

    def save(self, pending: PendingSave) -> Save:
        """The save with references in place of targets; to be called in the order of the saves."""
        operations = []
        for draft in pending.drafts:
            supersedes = filter(None, map(self._supersede, draft.supersedes))
            covers = filter(None, map(self._cover, draft.covers))
            operations.append(
                Operation(
                    draft.kind,
                    draft.record,
                    draft.address,
                    draft.value,
                    tuple(dict.fromkeys(supersedes)),
                    tuple(dict.fromkeys(covers)),
                )
            )
            self._at += 1
        return Save(pending.form, pending.time, tuple(operations), pending.salt)

    def _supersede(self, target: Target) -> Reference | None:
        index = self._here(target)
        if index is not None:
            between = self._slots[index + 1 : self._at]
            return Reference(SAME_SET, between.count(self._slots[index])) if index < self._at else None
        place = self._place(target)
        return None if place is None else Reference(self._source(place.id16), place.ordinal)

    def _cover(self, target: Target) -> Reference | None:
        index = self._here(target)
        if index is not None:
            return Reference(SAME_SET, index)
        place = self._place(target)
        return None if place is None else Reference(self._source(place.id16), place.at)

    def _here(self, target: Target) -> int | None:
        """The index of the target in the set that is being made."""
        first = self._first.get(target.source) if target.own else None
        return None if first is None else first + target.at

    def _place(self, target: Target) -> Place | None:
        if not target.own:
            return Place(target.source, target.at, target.ordinal)
        planned = self._held.get(target.source)
        if planned is None:
            return self._author.place_of(target)
        opened, save = planned
        index = sum(opened.body.counts[:save]) + target.at
        return place_in(opened, index)

    def _source(self, id16: bytes) -> int | bytes:
        """The distance back in the log where that is certain, otherwise the id16."""
        position = self._line.get(id16)
        if position is None:
            position = self._author.position_of(id16)
        return id16 if position is None else self._header.position - position


def place_in(opened: OpenedSet, index: int) -> Place:
    """Where the operation at an index of a set stands."""
    slots = [
        (record, slot_key(operation.kind, operation.address))
        for record, operation in zip(opened.body.record_ids, opened.body.operations, strict=True)
    ]
    return Place(opened.id16, index, slots[index + 1 :].count(slots[index]))
