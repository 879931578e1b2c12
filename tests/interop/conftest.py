"""A hub that runs, an office and a laptop with the command `haidang`, and phones; made once for each file."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from haidang_server.stage.founding import found
from haidang_server.stage.hub_process import HubProcess, free_port
from haidang_server.stage.person import Person
from tests.interop.handset import PIN, Handset, Handsets
from tests.syncclient.cli_town import DAY, haidang, some_definitions

COMMUNE = "Xã Hòn Nghệ"
OPEN_KEY = "--no-passphrase"


class NearPerson(Person):
    """Somebody whose commands are carried out in this process: a new one takes a second to begin."""

    def ask(self, *words: str | Path, allowed: Sequence[int] = (0,)) -> dict[str, Any]:
        """What a command answers."""
        outcome = haidang(*words, home=self.home)
        assert outcome.code in allowed, outcome
        answer: dict[str, Any] = outcome.data
        return answer


class Deployment:
    """The hub, and those who speak with it."""

    def __init__(self, folder: Path, handsets: Handsets) -> None:
        self.folder = folder
        self.hub = HubProcess(folder / "hub", free_port())
        self.office = NearPerson("Trần Thị Mai", folder / "office")
        self._handsets = handsets
        found("Diễn tập", self.hub, self.office, folder, OPEN_KEY)
        definitions = some_definitions(folder / "definitions")
        self.office.ask("publish", definitions, "--date", DAY, "--years", "2019")
        self.hub.start()
        self.office.sync()

    def offer(self, person: str, role: str) -> str:
        """An invitation for the commune; the hub knows it after the office's next sync."""
        line = ("invite", COMMUNE, "--role", role, "--person", person, "--offline")
        text: str = self.office.ask(*line)["offer"]
        return text

    def confirm(self, *fingerprints: str) -> None:
        """The officer has compared the fingerprints."""
        self.office.sync()
        self.office.ask("invite", *(word for each in fingerprints for word in ("--confirm", each)))
        self.office.sync()

    def enrol(self, phones: Mapping[str, str], laptops: Mapping[str, str]) -> None:
        """Everybody enrols with an invitation, and is confirmed together with the others; roles by name."""
        offers = {name: self.offer(name, role) for name, role in {**phones, **laptops}.items()}
        self.office.sync()
        self.phones = {name: self.handset(name) for name in phones}
        self.laptops = {name: NearPerson(name, self.folder / name) for name in laptops}
        made = [phone.do("enrol", offers[name], PIN) for name, phone in self.phones.items()]
        made += [laptop.ask("enrol", offers[name], OPEN_KEY) for name, laptop in self.laptops.items()]
        for phone in self.phones.values():
            phone.sync()
        self.confirm(*(each["fingerprint"] for each in made))
        for phone in self.phones.values():
            phone.sync()
        for laptop in self.laptops.values():
            laptop.sync()

    def handset(self, name: str) -> Handset:
        """A phone on which nobody is yet."""
        handset = Handset(self._handsets, name, self.hub.url)
        handset.start()
        return handset

    def check_agreement(self, *held: Handset | Person) -> None:
        """Everybody is level, and says the same as the hub of every scope; nothing at the hub is damaged."""
        verified = self.hub.operate("verify", self.hub.folder)
        assert verified["ok"], verified
        centre = {each["scope"]: _digests(each) for each in verified["scopes"]}
        for each in held:
            each.sync()
        for each in held:
            if isinstance(each, Person):
                scopes = {scope["scope"]: _digests(scope) for scope in each.ask("verify")["scopes"]}
            else:
                scopes = {scope: _digests(digests) for scope, digests in each.do("scopes").items()}
            assert scopes
            assert {scope: centre[scope] for scope in scopes} == scopes


def _digests(digests: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(digests[name] for name in ("accepted", "authority", "state"))


@pytest.fixture(scope="session")
def handsets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handsets]:
    with Handsets(tmp_path_factory.mktemp("handsets")) as running:
        yield running


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, handsets: Handsets) -> Iterator[Deployment]:
    made = Deployment(tmp_path_factory.mktemp("deployment"), handsets)
    made.enrol(
        {"Lan": "commune-head"} | dict.fromkeys(("Hoa", "Tâm", "Nga", "Sáu", "Út"), "reporter"),
        {"Minh": "commune-head"},
    )
    yield made
    made.hub.stop()
