"""One merged record with everything that is said of it: form, answers, stage, attests, flags, names."""

import msgspec

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.definitions.form_answers import Circumstances, Flag, role_flags
from haidang_protocol.definitions.forms import Form
from haidang_protocol.ids import scope_kind, scope_unit
from haidang_protocol.merge import RecordState
from haidang_protocol.reading import Attest
from haidang_protocol.workflow import Stage, stage
from haidang_server.reading.authority import Authority
from haidang_server.reading.labels import Labels
from haidang_server.reading.report import Report, read_report


class RecordPlace(msgspec.Struct, frozen=True):
    """A record, and how it is read: by which form (id, empty if none is known), as of which civil date."""

    record: bytes
    scope: bytes
    form: bytes
    day: str


class ReadRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it is read."""

    place: RecordPlace
    state: RecordState
    form: Form | None
    family: str
    directive: str | None
    period: bytes | None
    subject: bytes | None
    report: Report
    flags: tuple[Flag, ...]
    attests: tuple[Attest, ...]
    stage: Stage
    hidden: bool


class RecordReader:
    """Reads records of one state of the hub."""

    def __init__(self, authority: Authority, labels: Labels) -> None:
        self._authority = authority
        self._labels = labels

    def read(self, place: RecordPlace, state: RecordState) -> ReadRecord:
        """Read a merged record."""
        book = self._authority.book
        form = book.forms.get(place.form)
        preimage = state.preimage
        period = None if preimage is None else preimage.period
        known_period = None if period is None else book.periods.get(period)
        circumstances = Circumstances(
            today=place.day, period_days=None if known_period is None else known_period.days
        )
        report = read_report(state, form, scope_kind(place.scope), circumstances, self._labels.stamp)
        attests = tuple(sorted(reading.attests(state), key=lambda attest: attest.live.identity))
        family = preimage.family if preimage is not None else "" if form is None else form.family
        return ReadRecord(
            place=place,
            state=state,
            form=form,
            family=family,
            directive=None if preimage is None else preimage.directive,
            period=period,
            subject=None if preimage is None else preimage.subject,
            report=report,
            flags=(*report.flags, *self._role_flags(place, state, form)),
            attests=attests,
            stage=stage(attests),
            hidden=reading.hidden(state),
        )

    def _role_flags(self, place: RecordPlace, state: RecordState, form: Form | None) -> list[Flag]:
        """Flags for live values of fields that another level writes than their author's."""
        if form is None:
            return []
        written: dict[str, set[str]] = {}
        for field in form.fields:
            if field.writes:
                for live in state.slots.get(op.REGISTER + field.name, ()):
                    key = self._labels.statement(live).key
                    written.setdefault(self._role(key, place), set()).add(field.name)
        return [flag for role in sorted(written) for flag in role_flags(form, written[role], role)]

    def _role(self, key: bytes, place: RecordPlace) -> str:
        """The office that a key speaks for, by the level of the unit that it was certified for."""
        person = self._authority.person(key, scope_unit(place.scope))
        if person.unit is None:
            return ""
        version = self._authority.book.unit_version(person.unit, place.day)
        return "" if version is None else f"{version.level}_officer"
