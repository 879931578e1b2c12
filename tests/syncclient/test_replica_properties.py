"""Phones in any hands: any course of edits, seals, exchanges, restores and clones keeps every value and converges."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from haidang_protocol import reading
from haidang_protocol.body import Preimage
from haidang_protocol.envelope import open_set
from haidang_protocol.merge import RecordState
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import InvalidSaveError
from haidang_syncclient.intake import Arrival, take
from haidang_syncclient.replica import Replica
from haidang_syncclient.verifying import verify_replica
from haidang_syncclient.views import history
from tests.syncclient.village import HEAD, REPORTER, REPORTS_HERE, Village, randomness

RECORDS: tuple[bytes | Preimage, ...] = (b"\x01" * 16, Preimage("F01M", None, "171/2.1a", b"\x05" * 16))
FIELDS = ("so_ho", "thiet_hai")
ROW = ("thon", ("Bãi Dài",))
phones = st.sampled_from([0, 1, 2])
records = st.sampled_from(RECORDS)


def shown(state: RecordState) -> tuple[Any, ...]:
    """What a person sees of a record, without how the operations are named."""
    return (
        {field: sorted(map(repr, value.values)) for field, value in reading.registers(state).items()},
        {slot: (tally.total, tally.steps) for slot, tally in state.tallies.items()},
        sorted(map(repr, reading.elements(state, "kenh"))),
        reading.hidden(state),
        sorted((attest.verdict, attest.stale) for attest in reading.attests(state)),
        len(reading.notes(state)),
    )


class Phones(RuleBasedStateMachine):
    """Three phones of one commune, of which the third may be a clone or an old backup of the first."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.village = Village(self.folder)
        self.phones = [self.village.replica(name, REPORTER, HEAD) for name in ("a", "b", "c")]
        for phone in self.phones:
            self.give(phone, self.village.sets)
        self.forms: dict[tuple[int, bytes | Preimage], FormSession] = {}
        self.said: set[tuple[int, bytes, str]] = set()
        self.turn = 0

    def teardown(self) -> None:
        self.village.close()
        shutil.rmtree(self.folder)

    @rule(phone=phones, record=records)
    def open_form(self, phone: int, record: bytes | Preimage) -> None:
        self.forms[phone, record] = FormSession(self.phones[phone], REPORTS_HERE, record)

    @rule(phone=phones, record=records, data=st.data())
    def save(self, phone: int, record: bytes | Preimage, data: st.DataObject) -> None:
        form = self.forms.get((phone, record))
        if form is None:
            form = self.forms[phone, record] = FormSession(self.phones[phone], REPORTS_HERE, record)
        for _ in range(data.draw(st.integers(1, 3))):
            self.enter(form, data.draw(st.sampled_from(["put", "put", "put", "cell", "count", "add", "remove",
                                                        "note", "void", "restore", "attest"])))  # fmt: skip
        try:
            saved = form.save()
        except InvalidSaveError:
            form.discard()
            return
        for part in saved.saves:
            for draft in part.drafts:
                self.said.add((draft.kind, form.id, repr(draft.value)))

    def enter(self, form: FormSession, what: str) -> None:
        self.turn += 1
        match what:
            case "put":
                form.put(FIELDS[self.turn % 2], self.turn)
            case "cell":
                form.add("thon", ["Bãi Dài"]).put((*ROW, "so_tram"), self.turn)
            case "count":
                form.count("luot", 1 + self.turn % 3)
            case "add":
                form.add("kenh", f"kênh {self.turn % 3}")
            case "remove":
                form.remove("kenh", f"kênh {self.turn % 3}")
            case "note":
                form.note(f"ghi chú {self.turn}")
            case "void":
                form.void("nhầm")
            case "restore":
                form.restore("đúng")
            case _:
                form.attest("confirm", ("confirmed", "returned")[self.turn % 2])

    @rule(phone=phones)
    def seal(self, phone: int) -> None:
        replica = self.phones[phone]
        before = {record: shown(state) for record, state in replica.states(REPORTS_HERE).items()}
        replica.seal()
        after = {record: shown(state) for record, state in replica.states(REPORTS_HERE).items()}
        assert before == after

    @rule(source=phones, sink=phones)
    def exchange(self, source: int, sink: int) -> None:
        self.phones[source].seal()
        self.give(self.phones[sink], self.sets_of(self.phones[source]))

    @rule(phone=phones)
    def restart(self, phone: int) -> None:
        self.turn += 1
        self.phones[phone] = self.village.reopened(self.phones[phone], self.turn)
        self.forms = {key: form for key, form in self.forms.items() if key[0] != phone}

    @rule(source=st.sampled_from([0, 1]))
    def clone(self, source: int) -> None:
        """The third phone becomes a copy of another one, with its key: a clone, or tomorrow's old backup."""
        self.turn += 1
        original, path = self.phones[source], self.folder / f"clone{self.turn}.db"
        self.exchange_all(final=False)
        original.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(original.path, path)
        copy = Replica.open(path, original.signer, clock=original.clock, randomness=randomness(path.name))
        self.village.keep(copy)
        self.phones[2].close()
        self.phones[2] = copy
        self.forms = {key: form for key, form in self.forms.items() if key[0] != 2}

    def sets_of(self, replica: Replica) -> list[Any]:
        ids = [held.facts.id for held in replica.store.in_scope(REPORTS_HERE)]
        return [open_set(parts) for parts in replica.store.parts(ids).values()]

    def give(self, replica: Replica, sets: list[Any]) -> None:
        with replica.writing():
            assert not take(replica, map(Arrival, sets)).refused

    def exchange_all(self, *, final: bool = True) -> None:
        for phone in self.phones if final else self.phones[2:]:
            phone.seal()
        sets = [opened for phone in self.phones for opened in self.sets_of(phone)]
        for phone in self.phones:
            self.give(phone, sets)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "said"):
            return
        kept = {
            (entry.kind, record, repr(entry.value))
            for phone in self.phones
            for record in (FormSession(phone, REPORTS_HERE, each).id for each in RECORDS)
            for entry in history(phone, REPORTS_HERE, record)
        }
        assert self.said <= kept


class ConvergingPhones(Phones):
    """The same, and at the end everyone agrees about everything."""

    def teardown(self) -> None:
        if hasattr(self, "phones"):
            self.exchange_all()
            assert len({phone.ledger.scope_digests(REPORTS_HERE) for phone in self.phones}) == 1
            states = [{r: shown(s) for r, s in phone.states(REPORTS_HERE).items()} for phone in self.phones]
            assert states[0] == states[1] == states[2]
            for phone in self.phones:
                problems = verify_replica(phone, processes=0).problems
                assert not problems, problems
        super().teardown()


TestPhones = ConvergingPhones.TestCase
TestPhones.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
