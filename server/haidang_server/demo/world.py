"""Everybody and everything in the story, and the ways in which it is told on and checked."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from haidang_server.demo.ledger import Ledger
from haidang_server.demo.pages import Look, Page, page_of_replica
from haidang_server.stage.errors import CaseFailedError
from haidang_server.stage.hub_process import HubProcess, free_port
from haidang_server.stage.person import Filling, Person

T = TypeVar("T")

COMMUNE: Final = "Xã Dương Hòa"
ISLAND: Final = "Xã Hòn Nghệ"
DISTRICT: Final = "Huyện Kiên Lương"
OPEN_KEY: Final = "--no-passphrase"
"""Nobody is there to type a passphrase, and what is played here is thrown away."""
REPORTS: Final = {
    "post": ("F01M", "post", "2019-03"),
    "wifi": ("F03M", "wifi", "2019-03"),
    "radio": ("F05M", None, "2019-03"),
    "radio in April": ("F05M", None, "2019-04"),
    "island post": ("F01M", "island", "2019-03"),
    "island radio": ("F05M", None, "2019-03"),
}
"""The reports of the story: form, site and period of each."""

_AT_ONCE: Final = 4
"""Commands that run at a time: enough for two cores, since each also waits for disk and network."""


class Case(NamedTuple):
    """What has to be true of a report in the end, wherever it is held."""

    name: str
    report: str
    expected: object
    look: Look


class World:
    """The hub, six people, what they saved, and what has to become of it."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.folder = folder
        self.hub = HubProcess(folder / "hub", free_port())
        self.province = Person("Trần Thị Mai", folder / "province")
        self.district = Person("Lê Văn Phúc", folder / "district")
        self.head = Person("Nguyễn Thị Lan", folder / "phone-1")
        self.clerk = Person("Phạm Văn Minh", folder / "phone-2")
        self.keeper = Person("Võ Thị Hoa", folder / "phone-3")
        self.island = Person("Danh Văn Tâm", folder / "island")
        self.ledger = Ledger()
        self.units: dict[str, str] = {}
        self.sites: dict[str, str] = {}
        self.records: dict[str, str] = {}
        self.conflicts_found: set[tuple[str, str]] = set()
        self.cases: list[Case] = []
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="person")

    @property
    def people(self) -> list[Person]:
        """All six."""
        return [self.province, self.district, self.head, self.clerk, self.keeper, self.island]

    def close(self) -> None:
        """Stop what runs."""
        self._pool.shutdown(cancel_futures=True)
        self.hub.stop()

    # ------------------------------------------------------------------------------------------------- telling on

    def together(self, *deeds: Callable[[], T]) -> list[T]:
        """Let people do things at the same time; the results in the order of the deeds. The first failure is raised."""
        return [done.result() for done in [self._pool.submit(deed) for deed in deeds]]

    def sync(self, *people: Person) -> list[dict[str, Any]]:
        """Let people sync at the same time."""
        return self.together(*(person.sync for person in people))

    def file(self, person: Person, name: str, filling: Filling) -> None:
        """Let a person save a report of the story; whoever files the same one meets the others in one record."""
        form, site, period = REPORTS[name]
        where = [] if site is None else ["--site", self.sites[site]]
        made = person.ask("report", form, *where, "--period", period, *filling.options())
        self.ledger.enter(made["record"], made["unit"], person.name, filling)
        self.expect(
            f"the report “{name}” is one record",
            self.records.setdefault(name, made["record"]),
            made["record"],
        )

    def describe(self, person: Person, form: str, site: str, filling: Filling, *words: str) -> None:
        """Let a person describe a site, a new one or one that is known."""
        made = person.ask("report", form, "--site", self.sites.get(site, "new"), *words, *filling.options())
        self.sites[site] = made["site"]
        self.ledger.enter(made["record"], made["unit"], person.name, filling)

    def carry(self, sender: Person, receiver: Person, name: str, *words: str) -> None:
        """Write a bundle on one device and read it on another."""
        file = self.folder / f"{name}.bundle"
        sender.ask("bundle", "export", file, *words)
        receiver.ask("bundle", "import", file)

    # ---------------------------------------------------------------------------------------------------- checking

    def expect(self, case: str, expected: object, found: object) -> None:
        """Hold the story to what the protocol says.

        Raises:
            CaseFailedError: it went otherwise.
        """
        if expected != found:
            raise CaseFailedError(case, expected, found)

    def expect_now(self, name: str, cases: Iterable[tuple[str, object, Look]], *people: Person) -> None:
        """Hold what people see of a report to it; raises as `expect`."""
        pages = self.together(*(partial(self.page, person, name) for person in people))
        for case, expected, look in cases:
            for person, page in zip(people, pages, strict=True):
                self.expect(f"{case} ({person.name})", expected, look(page))

    def expect_in_the_end(self, name: str, case: str, expected: object, look: Look) -> None:
        """Note what has to be true of a report, once everybody is level, on every replica that holds it and on the hub."""
        self.cases.append(Case(case, name, expected, look))

    def page(self, person: Person, name: str) -> Page:
        """A report as a person sees it now."""
        return page_of_replica(person.ask("show", self.records[name]))
