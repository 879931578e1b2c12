"""The book of definitions that a hub or a replica holds: units, directives, assignments, forms, periods, each in all its live versions.

One thing may be defined in several authority scopes, and twice in one by officers who did not know of each other. What is
shown first is what was written nearest to the top, then the greatest identity: the same for every reader of the same scopes.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from haidang_protocol import operations as op
from haidang_protocol.definitions.assignments import Assignment
from haidang_protocol.definitions.dates import day_number
from haidang_protocol.definitions.directives import Directive
from haidang_protocol.definitions.expressions import decode_tree
from haidang_protocol.definitions.forms import Form, form_id
from haidang_protocol.definitions.periods import Period
from haidang_protocol.definitions.units import Unit, UnitVersion
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import AUTHORITY, scope_kind, scope_unit
from haidang_protocol.ledger import Ledger
from haidang_protocol.verdicts import ACCEPTED

Definition = Unit | Directive | Assignment | Form | Period
Key = bytes | str | tuple[str, bytes]
"""What names a definition: the id of a unit, form or period, the code of a directive, (directive, unit) of an assignment."""

_READERS: Final[dict[int, Any]] = {
    op.UNIT: Unit,
    op.DIRECTIVE: Directive,
    op.ASSIGNMENT: Assignment,
    op.FORM: Form,
    op.PERIOD: Period,
}
_DECIMALS_MAX: Final = 15
"""Digits behind the comma that an integer of the protocol can hold."""


class Version(NamedTuple):
    """One version: the scope where it is written, the identity of its operation, whether it is live or was replaced."""

    definition: Any
    scope: bytes
    identity: bytes
    live: bool


class UnitName(msgspec.Struct, frozen=True):
    """A unit as people know it on a date."""

    id: bytes
    name: str
    name_en: str
    level: str
    code: str

    def in_language(self, language: str) -> str:
        """The name in "vi" or "en"."""
        return self.name_en if language == "en" and self.name_en else self.name


class Book:
    """All definitions of one authority, the version that is shown of each.

    Replaced versions are kept of forms alone: old reports were filled in by them.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._versions: dict[int, dict[Key, list[Version]]] = {kind: {} for kind in _READERS}
        depths = {unit: len(ledger.closure(unit)) for unit in ledger.units()}
        for kind, version in sorted(
            _read_all(ledger),
            key=lambda found: (
                not found[1].live,
                depths.get(scope_unit(found[1].scope), 0),
                -int.from_bytes(found[1].identity),
            ),
        ):
            self._versions[kind].setdefault(_key(version.definition), []).append(version)
        self.units: dict[bytes, Unit] = self._shown(op.UNIT)
        self.directives: dict[str, Directive] = self._shown(op.DIRECTIVE)
        self.assignments: dict[tuple[str, bytes], Assignment] = self._shown(op.ASSIGNMENT)
        self.forms: dict[bytes, Form] = self._shown(op.FORM)
        self.periods: dict[bytes, Period] = self._shown(op.PERIOD)

    def _shown(self, kind: int) -> dict[Any, Any]:
        return {key: versions[0].definition for key, versions in self._versions[kind].items()}

    def all(self, kind: int, scopes: Collection[bytes]) -> Iterator[tuple[Key, list[Version]]]:
        """The definitions of a kind with a live version in these scopes, each with these versions, the shown one first."""
        for key, versions in self._versions[kind].items():
            seen = [version for version in versions if version.live and version.scope in scopes]
            if seen:
                yield key, seen

    def disputed(self) -> list[Key]:
        """What is defined in several ways at once."""
        return [
            key
            for found in self._versions.values()
            for key, versions in found.items()
            if any(version.live and version.definition != versions[0].definition for version in versions)
        ]

    def newest_forms(self) -> dict[str, Form]:
        """The newest version of each family, by family, in the order of their names."""
        ranked = sorted((form.family, form.version, name) for name, form in self.forms.items())
        return {family: self.forms[name] for family, _, name in ranked}

    def families_of(self, directive: str) -> frozenset[str]:
        """The families of forms that report on a directive, whichever of the two names the other."""
        known = self.directives.get(directive)
        naming = {form.family for form in self.forms.values() if directive in form.directives}
        return frozenset(naming | set(() if known is None else known.forms))

    def forms_of(self, directive: str) -> list[Form]:
        """The newest forms that report on a directive."""
        families = self.families_of(directive)
        return [form for family, form in self.newest_forms().items() if family in families]

    def assigned_to(self, unit: bytes) -> list[Assignment]:
        """What was assigned to a unit, by directive."""
        return [each for (_, assigned), each in sorted(self.assignments.items()) if assigned == unit]

    def unit_named(self, text: str) -> bytes | None:
        """The id of a unit by 32 hexadecimal digits or by its newest code."""
        for unit in self.units.values():
            if unit.id.hex() == text.lower() or (unit.versions and unit.versions[-1].code == text):
                return unit.id
        return None

    def unit_name(self, unit: bytes, date: str) -> UnitName:
        """What a unit was called on a date (or last, if it was not then); the start of its id if it is not known."""
        version = self.unit_version(unit, date)
        if version is None:
            return UnitName(unit, unit.hex()[:8], unit.hex()[:8], "", "")
        return UnitName(unit, version.name, version.name_en, version.level, version.code)

    def unit_version(self, unit: bytes, date: str) -> UnitVersion | None:
        """What a unit was on a date, or last."""
        known = self.units.get(unit)
        if known is None or not known.versions:
            return None
        return known.at(date) or known.versions[-1]


def _read_all(ledger: Ledger) -> Iterator[tuple[int, Version]]:
    live: set[bytes] = set()
    for scope in ledger.scopes():
        if scope_kind(scope) == AUTHORITY:
            for _, state in ledger.store.all_records(scope):
                for item in state.slots.get(op.REGISTER, ()):
                    live.add(item.identity)
                    yield from _read(item.kind, item.value, scope, item.identity, live=True)
    for held in ledger.authority_sets():
        if ledger.verdict(held.facts.id) == ACCEPTED:
            for entry in held.entries:
                if entry.kind == op.FORM and entry.identity not in live:
                    yield from _read(op.FORM, entry.value, held.facts.scope, entry.identity, live=False)


def _read(
    kind: int, value: Any, scope: bytes, identity: bytes, *, live: bool
) -> Iterable[tuple[int, Version]]:
    """The version that an operation states; none if its value is no definition."""
    try:
        definition = _READERS[kind].from_value(value)
        _check(definition)
    except (ProtocolError, ValueError):
        return ()
    return ((kind, Version(definition, scope, identity, live)),)


def _check(definition: Definition) -> None:
    """Refuse what has the right shape and cannot be worked with: reading must not fail for a definition.

    Raises:
        ValueError: an expression or a date is none.
    """
    match definition:
        case Form():
            for field in (*definition.fields, *(cell for each in definition.fields for cell in each.cells)):
                if field.kind in {"dec", "calc"} and not 0 <= field.size <= _DECIMALS_MAX:
                    raise ValueError(f"{field.name}: {field.size} decimals")
                for tree in (field.required, field.relevant, field.constraint, field.calculation):
                    if tree is not None:
                        decode_tree(tree)
        case Period():
            day_number(definition.start)
            day_number(definition.end)
        case _:
            return


def order(key: Key) -> str:
    """What a definition stands under in a list: its code, or its id in hexadecimal digits."""
    if isinstance(key, tuple):
        directive, unit = key
        return f"{directive} {unit.hex()}"
    return key.hex() if isinstance(key, bytes) else key


def _key(definition: Definition) -> Key:
    match definition:
        case Form():
            return form_id(definition)
        case Directive():
            return definition.code
        case Assignment():
            return (definition.directive, definition.unit)
        case _:
            return definition.id
