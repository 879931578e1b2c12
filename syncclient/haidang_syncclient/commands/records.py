"""Records as people know and name them: the form, what it is about, the period; found by id or by FORM/SITE/PERIOD."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple

from haidang_protocol import reading, workflow
from haidang_protocol.body import Preimage, record_id
from haidang_protocol.definitions.forms import Form, form_id, restricted_names
from haidang_protocol.definitions.periods import period_label
from haidang_protocol.definitions.text import fold
from haidang_protocol.envelope import open_set
from haidang_protocol.ids import REPORTS, RESTRICTED, scope_of, scope_unit
from haidang_protocol.merge import RecordState
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.form_state import FormState
from haidang_syncclient.commands.naming import find_period, hex_prefix, only
from haidang_syncclient.drafts import NO_FORM

EVENT_SITE: Final = "site"
"""The kind of the link that says at which site an event was."""
DRAFT: Final = "draft"
_URGENCY: Final[tuple[workflow.Stage, ...]] = (
    "contested", "returned", "stale", "corrected", "sent", "confirmed", "approved",
)  # fmt: skip
"""The stages, the one that asks for most first."""
_NAMING_FIELDS: Final = 2
"""So many text fields of a profile, from the first on, name its site."""


class Found(NamedTuple):
    """A held record: its scope, its id, its merged state, and its form if one is known."""

    scope: bytes
    id: bytes
    state: RecordState
    form: Form | None

    @property
    def unit(self) -> bytes:
        """The unit in whose scope it is filed."""
        return scope_unit(self.scope)

    @property
    def preimage(self) -> Preimage | None:
        """What its id is derived from; None for an event."""
        return self.state.preimage

    @property
    def site(self) -> bytes | None:
        """The site that it is about."""
        if self.preimage is not None:
            return self.preimage.subject
        linked = reading.links(self.state, EVENT_SITE).values
        return bytes(linked[0][0]) if linked else None

    def id_in(self, kind: int) -> bytes:
        """The id of the record, or of its twin, in the unit's scope of a kind."""
        return self.id if self.preimage is None else record_id(self.preimage, scope_of(kind, self.unit))


class Shelf:
    """All reports that a replica holds, with their forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._replica = desk.replica()
        self._newest = desk.book.newest_forms()

    @cached_property
    def records(self) -> list[Found]:
        """Every held report once, hidden ones too; a restricted twin is part of the open record."""
        found: dict[tuple[bytes, object], Found] = {}
        for scope in self._replica.scopes():
            if scope[0] not in (REPORTS, RESTRICTED):
                continue
            for record, state in self._replica.states(scope).items():
                each = Found(scope, record, state, self._form_of(scope, record, state))
                found.setdefault((each.unit, each.preimage or each.id), each)
        return list(found.values())

    def whole(self, found: Found) -> FormState | None:
        """A record with its twin, read through its form; None if no form is known."""
        if found.form is None:
            return None
        plain, restricted = (
            self._replica.state(scope_of(kind, found.unit), found.id_in(kind))
            for kind in (REPORTS, RESTRICTED)
        )
        return FormState(found.form, plain, restricted)

    def holding(self, scope: bytes, record: bytes) -> Found | None:
        """The report of which a record of a scope is a part."""
        return next(
            (
                each
                for each in self.records
                if each.unit == scope_unit(scope) and each.id_in(scope[0]) == record
            ),
            None,
        )

    def form_id(self, found: Found) -> bytes:
        """The id of its form; nothing if none is known."""
        return NO_FORM if found.form is None else form_id(found.form)

    def _form_of(self, scope: bytes, record: bytes, state: RecordState) -> Form | None:
        if state.preimage is not None:
            return self._newest.get(state.preimage.family)
        named = [
            self._desk.book.forms[form]
            for form in self._forms_named(scope, record)
            if form in self._desk.book.forms
        ]
        return self._newest.get(named[-1].family) if named else None

    def _forms_named(self, scope: bytes, record: bytes) -> Iterable[bytes]:
        """The ids of the forms with which an event was saved, oldest first."""
        for parts in self._replica.store.parts(self._replica.device.mentioning(scope, record)).values():
            opened = open_set(parts)
            yield opened.body.forms[opened.body.save_of[opened.body.record_ids.index(record)]]
        for save in self._replica.device.pending(scope):
            if any(draft.record == record for draft in save.drafts):
                yield save.form

    # ---------------------------------------------------------------------------------------------------- names

    def describe(self, found: Found) -> str:
        """A record in one line: form, site or unit, directive, period."""
        parts = [self.family(found), self.about(found)]
        if found.preimage is not None:
            parts += filter(None, [found.preimage.directive, self._period_name(found.preimage.period)])
        return " · ".join(parts)

    def stage(self, found: Found) -> str:
        """Where it stands (`workflow.STAGES`), or `draft` while this device has not handed on what it says."""
        stage = self.settled_stage(found)
        on_top = found.id in self._replica.overlay(found.scope).states
        return DRAFT if on_top and stage == workflow.SENT else stage

    def settled_stage(self, found: Found) -> workflow.Stage:
        """Where it stands: of the record and its twin, if that says anything, the one that asks for more."""
        states = [found.state]
        if found.form is not None and restricted_names(found.form):
            other = RESTRICTED if found.scope[0] == REPORTS else REPORTS
            states.append(self._replica.state(scope_of(other, found.unit), found.id_in(other)))
        said = [state for state in states if reading.covers_now(state, attest=True)]
        return min((workflow.stage(reading.attests(state)) for state in said or states), key=_URGENCY.index)

    def family(self, found: Found) -> str:
        """The family of its form."""
        if found.preimage is not None:
            return found.preimage.family
        return found.form.family if found.form is not None else "?"

    def about(self, found: Found) -> str:
        """The site and unit that it is about."""
        unit = self._desk.unit_name(found.unit)
        return unit if found.site is None else f"{self.site_name(found.site)}, {unit}"

    def site_name(self, site: bytes) -> str:
        """What people call a site: the first text of its profile; the start of its id if it has none."""
        names = self.sites.get(site, ())
        return names[-1] if names else site.hex()[:8]

    @cached_property
    def sites(self) -> dict[bytes, tuple[str, ...]]:
        """The sites of all held records, each with the texts that name it."""
        named: dict[bytes, tuple[str, ...]] = {}
        for found in self.records:
            if found.site is not None:
                named.setdefault(found.site, ())
                if found.form is not None and found.form.timing.occasion == "profile":
                    named[found.site] = self._texts_of(found)
        return named

    def _texts_of(self, found: Found) -> tuple[str, ...]:
        state = self.whole(found)
        if state is None:
            return ()
        fields = [field for field in state.form.fields if field.kind == "text"][:_NAMING_FIELDS]
        return tuple(str(value) for field in fields for value in state.value(field).values if value)

    def period_of(self, found: Found) -> str:
        """The name of its period, "" if it has none."""
        return self._period_name(None if found.preimage is None else found.preimage.period)

    def _period_name(self, period: bytes | None) -> str:
        if period is None:
            return ""
        known = self._desk.book.periods.get(period)
        return period.hex()[:8] if known is None else period_label(known).in_language(self._desk.language)

    # ---------------------------------------------------------------------------------------------------- finding

    def find_site(self, text: str) -> bytes:
        """The site that a text names: the start of its id, or a text of its profile.

        Raises:
            Refusal: none, or more than one.
        """
        prefix = hex_prefix(text)
        found = [
            (site, f"{self.site_name(site)} ({site.hex()[:8]})")
            for site, names in self.sites.items()
            if fold(text) in map(fold, names) or (prefix is not None and site.hex().startswith(prefix))
        ]
        if not found and prefix is not None and len(prefix) == 32:
            return bytes.fromhex(prefix)
        names = [(name, name) for names in self.sites.values() for name in names]
        return only("site", text, found, "show --sites", names)

    def find(self, text: str) -> Found:
        """The record that a text names: the start of its id, or FORM/SITE/PERIOD and the like.

        Raises:
            Refusal: none, or more than one.
        """
        family, *parts = [part.strip() for part in text.split("/")]
        prefix = hex_prefix(text)
        by_id = not parts and prefix is not None
        found = [each for each in self.records if by_id and self._has_id(each, prefix or "")]
        # A family such as F04A is also the start of an id: ids come first, so that each record has a name of its own.
        found = found or [
            each
            for each in self.records
            if fold(self.family(each)) == fold(family) and all(self._is_about(each, part) for part in parts)
        ]
        shown = [(each, f"{each.id.hex()[:8]} {self.describe(each)}") for each in found]
        return only("record", text, shown, "show")

    def _has_id(self, found: Found, prefix: str) -> bool:
        return any(found.id_in(kind).hex().startswith(prefix) for kind in (REPORTS, RESTRICTED))

    def _is_about(self, found: Found, text: str) -> bool:
        wanted, preimage = fold(text), found.preimage
        unit = self._desk.book.unit_name(found.unit, self._desk.today())
        names = [unit.name, unit.name_en]
        if found.site is not None:
            names += self.sites.get(found.site, ())
        if any(wanted in _ways_to_name(fold(name)) for name in names):
            return True
        prefix = hex_prefix(text)
        ids = [each for each in (found.unit, found.site) if each is not None]
        if prefix is not None and any(each.hex().startswith(prefix) for each in ids):
            return True
        if preimage is None:
            return False
        if preimage.directive is not None and fold(preimage.directive).endswith(wanted):
            return True
        return preimage.period is not None and self._is_period(found, preimage.period, text)

    def _is_period(self, found: Found, period: bytes, text: str) -> bool:
        try:
            return find_period(self._desk.book, text, found.form, self._desk.today()).id == period
        except Refusal:
            return False


def _ways_to_name(folded: str) -> set[str]:
    """The endings and beginnings of a name, word by word: "xa hon nghe", "hon nghe"; "hon nghe commune", "hon nghe"."""
    words = folded.split()
    return {" ".join(words[at:]) for at in range(len(words))} | {
        " ".join(words[: at + 1]) for at in range(len(words))
    }
