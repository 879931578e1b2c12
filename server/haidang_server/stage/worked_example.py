"""The worked example as a folder: made once, opened again and again.

It holds what must never lie together in earnest: the hub, the root keys, and the province office with its key.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from haidang_protocol.bundle import Manifest, write_bundle
from haidang_protocol.enrolment import offer_from_text
from haidang_protocol.envelope import OpenedSet
from haidang_server.example.authors import open_office, sealed_reports
from haidang_server.example.dataset import Example, load_example
from haidang_server.example.generator import SEED, reports_of_place
from haidang_server.example.places import Place, places_of
from haidang_server.example.synthetic_text import SAMPLE
from haidang_server.stage.errors import ExampleMovedError
from haidang_server.stage.founding import found, publish
from haidang_server.stage.hub_process import HubProcess, free_port, is_free
from haidang_server.stage.person import Person

PROVINCE: Final = "Tỉnh Kiên Giang"
DISTRICT: Final = "Huyện Kiên Lương"
COMMUNE: Final = "Xã Dương Hòa"
SAMPLED: Final = (COMMUNE, "Xã Hòn Nghệ", "Thị trấn Kiên Lương")
"""Communes whose made-up reports are there from the start."""
OPEN_KEY: Final = "--no-passphrase"

_PLAN: Final = "example.json"

Amount = Literal["none", "few", "year"]
"""How many made-up reports: none, those of a few communes, those of the whole province in 2019."""
Tell = Callable[[str], None]


class Invited(msgspec.Struct, frozen=True):
    """A user for whom the example keeps an open invitation.

    Attributes:
        user: Folder name of the user's device.
        unit, role: What the invitation is for.
        offer: Its text.
    """

    user: str
    unit: str
    role: str
    offer: str = ""

    @property
    def person(self) -> str:
        """The name in the certificate."""
        return f"{self.unit} {SAMPLE}"


class Plan(msgspec.Struct, frozen=True):
    """What is remembered between starts: the port that is written into every device, the invitations."""

    port: int
    reports: int
    invited: tuple[Invited, ...]


class Signed(NamedTuple):
    """Made-up reports in a bundle, and how many."""

    bundle: Path
    reports: int


USERS: Final = (
    Invited("commune", COMMUNE, "commune-head"),
    Invited("district", DISTRICT, "district-officer"),
    Invited("province", PROVINCE, "province-officer"),
)


class WorkedExample:
    """An example that is ready to be served."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of an example; it has to be complete."""
        self.folder = folder
        self.plan = msgspec.json.decode((folder / _PLAN).read_bytes(), type=Plan)
        self.hub_folder = folder / "hub"
        self.office = Person("Văn phòng mẫu", folder / "office")

    def invite_anew(self, now: int) -> None:
        """Replace the invitations that were used or have expired; needs the hub only for the next sync."""
        unused = {each["offer"] for each in self.office.ask("invite", "--pending")["unused"]}
        invited = []
        for each in self.plan.invited:
            offer = offer_from_text(each.offer)
            stands = offer.certificate.hex() in unused and offer.expiry > now
            invited.append(each if stands else _invited(self.office, each))
        self.plan = msgspec.structs.replace(self.plan, invited=tuple(invited))
        _write(self.folder, self.plan)

    def offers(self) -> frozenset[bytes]:
        """The certificates of the invitations."""
        return frozenset(offer_from_text(each.offer).certificate for each in self.plan.invited)


def exists(folder: Path) -> bool:
    """Whether a folder holds a whole example."""
    return (folder / _PLAN).is_file()


def open_example(folder: Path, port: int | None, now: int) -> WorkedExample:
    """Open an example for another start.

    Raises:
        ExampleMovedError: its devices know it on another port, or something else uses that port.
    """
    example = WorkedExample(folder)
    if port not in (None, 0, example.plan.port) or not is_free(example.plan.port):
        raise ExampleMovedError(example.plan.port)
    example.invite_anew(now)
    return example


def make_example(folder: Path, port: int | None, amount: Amount, now: int, tell: Tell) -> WorkedExample:
    """Make an example: it is in its place as a whole, or not at all.

    Raises:
        CommandFailedError, ProgramMissingError: nothing stands in the folder.
    """
    made = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    chosen = port or free_port()
    hub = HubProcess(made / "hub", chosen)
    office = Person("Văn phòng mẫu", made / "office")
    tell("founding")
    found("Kiên Giang (ví dụ)", hub, office, made, OPEN_KEY)
    tell("publishing")
    publish(office)
    tell("inviting")
    invited = tuple(_invited(office, each) for each in USERS)
    tell("reports")
    reports = _reports(made, office, amount, now)
    count = 0 if reports is None else reports.reports
    tell("loading")
    authority = made / "authority.bundle"
    office.ask("bundle", "export", authority)
    for bundle in (authority, *(() if reports is None else (reports.bundle,))):
        hub.operate("load", bundle, "--data", hub.folder)
        bundle.unlink()
    _write(made, Plan(chosen, count, invited))
    made.rename(folder)
    return WorkedExample(folder)


def _invited(office: Person, user: Invited) -> Invited:
    line = ("invite", user.unit, "--role", user.role, "--person", user.person, "--offline")
    return msgspec.structs.replace(user, offer=office.ask(*line)["offer"])


def _reports(folder: Path, office: Person, amount: Amount, now: int) -> Signed | None:
    """Let made-up people sign the made-up reports, certified by an office that the province confirms."""
    if amount == "none":
        return None
    example = load_example()
    line = (
        "invite",
        PROVINCE,
        "--role",
        "district-officer",
        "--person",
        f"Bộ sinh dữ liệu {SAMPLE}",
        "--offline",
    )
    offer = offer_from_text(office.ask(*line)["offer"])
    writers = open_office(offer, f"Bộ sinh dữ liệu {SAMPLE}", now, os.urandom)
    request = _bundle(folder / "request.bundle", [writers.request])
    office.ask("bundle", "import", request)
    request.unlink()
    office.ask("invite", "--confirm", writers.request.id.hex())
    reports = [report for place in _places(example, amount) for report in reports_of_place(example, place)]
    sets = sealed_reports(example, reports, writers, now, os.urandom)
    return Signed(_bundle(folder / "reports.bundle", sets), len(reports))


def _places(example: Example, amount: Amount) -> list[Place]:
    places = places_of(example, SEED)
    return [place for place in places if amount == "year" or place.version.name in SAMPLED]


def _bundle(file: Path, sets: Iterable[OpenedSet]) -> Path:
    listed = list(sets)
    with file.open("wb") as stream:
        stream.writelines(
            write_bundle(Manifest(bytes(16), (), len(listed)), ((each.id, each.parts) for each in listed))
        )
    return file


def _write(folder: Path, plan: Plan) -> None:
    file = folder / _PLAN
    fresh = file.with_suffix(".new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(plan)))
    fresh.replace(file)
