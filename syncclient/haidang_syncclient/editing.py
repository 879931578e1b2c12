"""A form that a person has open: it remembers what it showed, so that a save replaces exactly that (SPEC O11).

While a form is open its `state` changes by its own saves only. What arrives meanwhile from others is not superseded by a
save of this form, because its author has not seen it: it shows as a conflict afterwards.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.body import Address, Preimage, record_id, slot_key
from haidang_protocol.merge import Live, RecordState, Tally
from haidang_syncclient.drafts import NO_FORM, Draft, Target, normal
from haidang_syncclient.errors import InvalidSaveError
from haidang_syncclient.replica import Replica, Saved

Row = tuple[str, bytes | tuple[str, ...]]
"""A row of a record: its field, and its id or natural key."""


class _Change(NamedTuple):
    """Something entered and not saved yet."""

    kind: int
    address: Address
    value: Any


class Replacing(NamedTuple):
    """Something entered and not saved yet, and the live operations in whose place it will stand."""

    kind: int
    address: Address
    value: Any
    lives: list[Live]


class FormSession:
    """One record of one scope, open for editing.

    Methods that enter something give the session back, so that calls can be chained; nothing is kept before `save`.
    """

    def __init__(
        self,
        replica: Replica,
        scope: bytes,
        record: bytes | Preimage,
        *,
        form: bytes = NO_FORM,
        personal: bool = False,
    ) -> None:
        """Open a record, which need not exist yet.

        Args:
            replica: where it is saved.
            scope: of the record.
            record: its id; the first time, for a derived id, its preimage.
            form: the id of the form that shows it.
            personal: the form has a field marked personal: values get a salt.
        """
        self.scope, self.record, self.form = scope, record, form
        self.id = record_id(record, scope)
        self.state: RecordState = replica.state(scope, self.id)
        self._replica, self._personal = replica, personal
        self._changes: list[_Change] = []
        self._seen: dict[str, list[Live]] = {slot: list(lives) for slot, lives in self.state.slots.items()}

    # ------------------------------------------------------------------------------------------------------ enter

    def put(self, field: Address, value: Any) -> "FormSession":
        """State the value of a field, or of a cell `(field, row, cell)`."""
        return self._enter(op.PUT, field, value)

    def count(self, field: Address, step: int) -> "FormSession":
        """Count some up, or down, on a live tally."""
        return self._enter(op.COUNT, field, step)

    def add(self, field: Address, element: Any) -> "FormSession":
        """Add an element: text, bytes, or the natural key of a row."""
        return self._enter(op.ADD, field, element)

    def remove(self, field: Address, element: Any) -> "FormSession":
        """Remove an element that the form shows; rows are not removed but voided."""
        return self._enter(op.REMOVE, field, element)

    def note(self, text: str, reply_to: bytes | None = None) -> "FormSession":
        """Write a note, or answer the note of an identity (16 bytes)."""
        return self._enter(op.NOTE, "", [text, reply_to])

    def void(self, reason: str, row: Row | None = None) -> "FormSession":
        """Hide the record, or one of its rows, as the form shows it: a change that was not seen shows it again."""
        return self._enter(op.VOID, _row_address(row), reason)

    def restore(self, reason: str, row: Row | None = None) -> "FormSession":
        """Show the record or row again."""
        return self._enter(op.RESTORE, _row_address(row), reason)

    def attest(self, role: str, verdict: str, reason: str = "") -> "FormSession":
        """State a verdict on exactly what the form shows, together with what is saved by this press of "save"."""
        return self._enter(op.ATTEST, role, [verdict, reason])

    def link(self, kind: str, record: bytes, scope: bytes) -> "FormSession":
        """Say that another record is the same, or that this one moved there."""
        return self._enter(op.LINK, kind, [record, scope])

    @property
    def changed(self) -> bool:
        """Whether something was entered and not saved."""
        return bool(self._changes)

    @property
    def kinds(self) -> frozenset[int]:
        """The kinds of the operations that were entered and not saved: what the person needs the right to."""
        return frozenset(change.kind for change in self._changes)

    def replacing(self) -> list[Replacing]:
        """What is entered, of the kinds that supersede, with what a save of it would supersede."""
        return [
            Replacing(
                change.kind,
                change.address,
                change.value,
                _superseded(change, self.state.slots.get(slot_key(change.kind, change.address), ())),
            )
            for change in self._changes
            if change.kind in op.SUPERSEDES
        ]

    def discard(self) -> None:
        """Forget what was entered and not saved."""
        self._changes.clear()

    # ------------------------------------------------------------------------------------------------------- save

    def save(self) -> Saved:
        """Make durable what was entered. The form stays open: its next save replaces this one too.

        Raises:
            InvalidSaveError: nothing was entered, or a value that the format does not have; nothing was saved.
            DiskFullError, ReadOnlyError, StorageError: it was not saved, and is still entered.
        """
        view = {slot: list(lives) for slot, lives in self.state.slots.items()}
        drafts: list[Draft] = []
        made: list[Live] = []
        for change in sorted(self._changes, key=lambda change: change.kind in op.COVERING):
            draft = self._draft(change, view, made)
            made.append(_live_of(draft, len(drafts)))
            drafts.append(draft)
            _apply(view, draft, made[-1])
        saved = self._replica.save(self.scope, drafts, form=self.form, personal=self._personal)
        self._settle(saved, made)
        for draft, live in zip(drafts, made, strict=True):
            self._seen.setdefault(slot_key(draft.kind, draft.address), []).append(live)
            self._count(draft)
        self.state.slots = view
        if isinstance(self.record, Preimage):
            self.state.preimage = self.record
        self._changes.clear()
        return saved

    def _enter(self, kind: int, address: Address, value: Any) -> "FormSession":
        """Keep a change; a second one of the same slot replaces the first, which nobody has saved."""
        change = _Change(kind, _normal_address(address), normal(value))
        if kind in op.SUPERSEDES and kind != op.REMOVE:
            slot = slot_key(kind, change.address)
            self._changes = [each for each in self._changes if (slot_key(each.kind, each.address)) != slot]
        self._changes.append(change)
        return self

    def _draft(self, change: _Change, view: dict[str, list[Live]], made: list[Live]) -> Draft:
        slot = slot_key(change.kind, change.address)
        known = [*self._seen.get(slot, ()), *(live for live in view.get(slot, ()) if live in made)]
        superseded = _superseded(change, known)
        if change.kind == op.REMOVE and not superseded:
            raise InvalidSaveError(f"{change.address}: {change.value}")
        covered = self._covered(change, view)
        return Draft(
            change.kind,
            self.record,
            change.address,
            change.value,
            tuple(map(_target, superseded)),
            tuple(map(_target, covered)),
        )

    def _covered(self, change: _Change, view: dict[str, list[Live]]) -> Iterable[Live]:
        if change.kind not in op.COVERING:
            return ()
        row = None
        if not isinstance(change.address, str):
            field, key, _ = change.address
            row = (field, key if isinstance(key, bytes) else reading.row_of(field, list(key)) or b"")
        return reading.covers_now(RecordState(slots=view), row, attest=change.kind == op.ATTEST)

    def _settle(self, saved: Saved, made: list[Live]) -> None:
        """Give the new operations the names that they keep."""
        targets = [save.target(at) for save in saved.saves for at in range(len(save.drafts))]
        for live, target in zip(made, targets, strict=True):
            live.set16, live.index, live.identity = target.source, target.at, target.identity
        for live in made:
            live.covers = tuple(
                (targets[at].source, targets[at].at) if not source else (source, at)
                for source, at in live.covers
            )

    def _count(self, draft: Draft) -> None:
        if draft.kind == op.COUNT:
            tally = self.state.tallies.setdefault(slot_key(draft.kind, draft.address), Tally())
            tally.total += draft.value
            tally.steps += 1


def _superseded(change: _Change, known: Iterable[Live]) -> list[Live]:
    """Those of the known operations of a slot that a change supersedes (SPEC O11)."""
    kills = op.SUPERSEDES.get(change.kind, frozenset())
    return [
        live
        for live in known
        if live.kind in kills and (change.kind != op.REMOVE or live.value == change.value)
    ]


def _live_of(draft: Draft, at: int) -> Live:
    covers = tuple((target.source, target.at) for target in draft.covers)
    return Live(draft.kind, b"", b"", at, 0, draft.value, covers=covers)


def _apply(view: dict[str, list[Live]], draft: Draft, live: Live) -> None:
    """What merging the draft will do to the slots (SPEC O8, O9)."""
    if draft.kind == op.COUNT:
        return
    slot = slot_key(draft.kind, draft.address)
    gone = {(target.source, target.at) for target in draft.supersedes}
    view[slot] = [each for each in view.get(slot, ()) if each.places().isdisjoint(gone)]
    if draft.kind != op.REMOVE:
        view[slot].append(live)


def _target(live: Live) -> Target:
    return Target(live.set16, live.index, live.ordinal, live.identity)


def _row_address(row: Row | None) -> Address:
    return "" if row is None else (row[0], row[1], "")


def _normal_address(address: Address) -> Address:
    if isinstance(address, str):
        return str(normal(address))
    field, row, cell = address
    return (normal(field), row if isinstance(row, bytes) else tuple(normal(row)), normal(cell))
