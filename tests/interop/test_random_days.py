"""Random days of phones and laptops beside each other: whatever they do in whatever order, they end in the same state."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from haidang_protocol import operations as op
from haidang_protocol.certificates import Rights
from haidang_protocol.ids import REPORTS
from haidang_syncclient.bundles import export_bundle, import_bundle
from haidang_syncclient.editing import FormSession
from haidang_syncclient.enrolling import invite
from haidang_syncclient.officer import Grant, Officer
from haidang_syncclient.replica import Replica
from tests.interop.handset import PIN, Handset, Handsets
from tests.syncclient.hub import Hub, sync
from tests.syncclient.village import (
    COMMUNE,
    DEPLOYMENT,
    OFFICER,
    REPORTS_HERE,
    START,
    Clock,
    Village,
    give,
    randomness,
)

pytestmark = pytest.mark.unmeasured  # a hub and phones in processes of their own

STEPS: Final = 60
DAYS: Final = 6
RECORDS: Final = [bytes([place]) * 16 for place in (0xAA, 0xBB)]
FIELDS: Final = ("f", "g")
RIGHTS: Final = Rights(frozenset(op.REPORT_KINDS), frozenset({op.CONFIRM}), frozenset({REPORTS}))
PHONES: Final = ("phone 1", "phone 2")
LAPTOPS: Final = ("laptop 1", "laptop 2")


class Commune:
    """A hub, two phones and two laptops of one commune, and an officer."""

    def __init__(self, folder: Path, handsets: Handsets) -> None:
        self.folder = folder
        self.village = Village(folder)
        self.laptops = {name: self.village.replica(name, RIGHTS) for name in LAPTOPS}
        clock, draw = Clock(), randomness("officer")
        self.officer = Replica.create(
            folder / "officer.db", DEPLOYMENT, OFFICER, clock=clock, randomness=draw
        )
        self.village.keep(self.officer)
        for replica in (self.officer, *self.laptops.values()):
            give(replica, self.village.sets)
        self.hub = Hub(folder, self.village)
        self.hub.start()
        self.phones = {name: Handset(handsets, f"{folder.name} {name}", self.hub.url) for name in PHONES}
        for name, phone in self.phones.items():
            phone.start()
            offer = invite(self.officer, Grant(COMMUNE, RIGHTS, name, "thử"), START + 10**8).text
            self._sync(self.officer)
            phone.do("enrol", offer, PIN)
            phone.sync()
        self._sync(self.officer)
        for request in Officer(self.officer).requests():
            Officer(self.officer).confirm(request.set_id)
        self._sync(self.officer)
        self.sync_all()

    def close(self) -> None:
        self.hub.stop()
        self.village.close()

    def _sync(self, replica: Replica) -> None:
        report = sync(replica, self.hub.url)
        assert report.complete, report
        assert not report.diverged

    def sync_all(self) -> None:
        for phone in self.phones.values():
            phone.sync()
        for laptop in self.laptops.values():
            self._sync(laptop)

    def sync_one(self, name: str) -> None:
        if name in self.phones:
            self.phones[name].sync()
        else:
            self._sync(self.laptops[name])


class Day:
    """What everybody does on one day, drawn by chance."""

    def __init__(self, commune: Commune, chance: Random) -> None:
        self.commune, self.chance = commune, chance
        self._open: dict[str, list[str]] = {name: [] for name in PHONES}
        self._sessions: dict[str, list[FormSession]] = {name: [] for name in LAPTOPS}
        self._backed_up: set[str] = set()
        self._looks = 0

    def step(self) -> None:
        deeds = [
            self.look,
            self.look,
            self.say,
            self.say,
            self.say,
            self.say,
            self.sync,
            self.seal,
            self.carry,
        ]
        deeds += [self.kill, self.back_up, self.put_back, self.sync_over_a_weak_link]
        self.chance.choice(deeds)(self.chance.choice(PHONES + LAPTOPS))

    def look(self, name: str) -> None:
        """Open a record, as it is now; it may be said something about it much later."""
        record = self.chance.choice(RECORDS)
        if name in PHONES:
            self._looks += 1
            self.commune.phones[name].do("look", f"{self._looks}", record.hex())
            self._open[name].append(f"{self._looks}")
        else:
            self._sessions[name].append(FormSession(self.commune.laptops[name], REPORTS_HERE, record))

    def say(self, name: str) -> None:
        if name in PHONES and self._open[name]:
            changes = self._changes()
            self.commune.phones[name].do("say", self.chance.choice(self._open[name]), changes)
        elif name in LAPTOPS and self._sessions[name]:
            session = self.chance.choice(self._sessions[name])
            for word, *rest in self._changes():
                getattr(session, str(word))(*rest)
            session.save()

    def _changes(self) -> list[list[object]]:
        """One to three things to state, the covering one last."""
        draw = self.chance
        several: list[list[object]] = [
            ["put", draw.choice(FIELDS), draw.randrange(5)],
            ["count", "t", draw.choice([-3, 1, 7])],
            ["add", "s", draw.choice("ab")],
            ["note", f"Ghi chú {draw.randrange(99)}"],
        ]
        last: list[list[object]] = [
            ["attest", "confirm", "confirmed", ""],
            ["void", "Nhầm"],
            ["restore", "Đúng"],
            ["put", "h", "Ướt"],
        ]
        count = draw.randrange(3)
        chosen = [draw.choice(several) for _ in range(count)] + [draw.choice(last)]
        words = {
            str(each[0]): each for each in chosen
        }  # a second one of a kind would be told otherwise by the two
        return list(words.values())

    def sync(self, name: str) -> None:
        self.commune.sync_one(name)

    def sync_over_a_weak_link(self, name: str) -> None:
        """It breaks before the request, in the reply, or just behind it; sometimes the page dies of it."""
        if name in PHONES:
            phone = self.commune.phones[name]
            phone.do("network", self.chance.choice([-1, 0, 1, 50, 200, 400, 2_000]))
            phone.ask("sync")
            phone.do("network", None)
            if self.chance.random() < 0.3:
                self.kill(name)

    def seal(self, name: str) -> None:
        if name in PHONES:
            self.commune.phones[name].do("seal")
        else:
            self.commune.laptops[name].seal()

    def carry(self, name: str) -> None:
        """By file, from one of a kind to one of the other."""
        file = self.commune.folder / "carried.bundle"
        if name in PHONES:
            file.write_bytes(bytes.fromhex(self.commune.phones[name].do("export")))
            import_bundle(self.commune.laptops[self.chance.choice(LAPTOPS)], file)
        else:
            export_bundle(self.commune.laptops[name], file)
            self.commune.phones[self.chance.choice(PHONES)].do("import", file.read_bytes().hex())

    def kill(self, name: str) -> None:
        if name in PHONES:
            self.commune.phones[name].die()
            self._open[name] = []

    def back_up(self, name: str) -> None:
        if name in PHONES:
            self.commune.phones[name].do("backup")
            self._backed_up.add(name)

    def put_back(self, name: str) -> None:
        if name in self._backed_up:
            phone = self.commune.phones[name]
            phone.sync()  # what was only saved here would be lost with the phone
            phone.do("restore", phone.origin)
            phone.unlock()
            self._open[name] = []


@pytest.fixture
def commune(tmp_path: Path, handsets: Handsets) -> Iterator[Commune]:
    made = Commune(tmp_path, handsets)
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(DAYS))
def test_phones_and_laptops_end_in_the_same_state_whatever_they_do(commune: Commune, seed: int) -> None:
    day = Day(commune, Random(seed))
    for _ in range(STEPS):
        day.step()
    for _ in range(3):
        commune.sync_all()
    first, second = commune.laptops.values()
    digests = first.ledger.scope_digests(REPORTS_HERE)
    assert second.ledger.scope_digests(REPORTS_HERE) == digests
    for phone in commune.phones.values():
        counts = phone.do("counts")
        assert counts["saved"] + counts["sending"] + counts["carried"] == 0
        scopes = phone.do("scopes")[REPORTS_HERE.hex()]
        assert scopes == {
            "accepted": digests.accepted.hex(),
            "authority": digests.authority.hex(),
            "state": digests.state.hex(),
        }
        for record in RECORDS:
            shown = phone.do("shown", record.hex())
            state = first.state(REPORTS_HERE, record)
            assert shown["slots"] == {
                slot: sorted(live.identity.hex() for live in lives)
                for slot, lives in state.slots.items()
                if lives
            }
            assert shown["tallies"] == {slot: tally.total for slot, tally in state.tallies.items()}


def test_a_link_that_passes_small_replies_and_cuts_every_large_one_ends_the_sync(commune: Commune) -> None:
    phone, chance = commune.phones["phone 1"], Random(7)
    session = FormSession(commune.laptops["laptop 1"], REPORTS_HERE, RECORDS[0])
    for place in range(100):
        session.put(f"field {place}", chance.randbytes(20).hex())
    session.save()
    commune.sync_one("laptop 1")
    phone.do("network", 600)
    report = phone.ask("sync")
    assert (report["error"], report["complete"]) == ("cut", False)
    assert report["requests"] < 30
    phone.do("network", None)
    assert phone.sync()["fresh"] > 0
