"""A deployment made with the command itself, without a network: one province officer, one commune, what it takes to report."""

import csv
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from haidang_protocol.ids import key_id
from haidang_syncclient.cli import main
from haidang_syncclient.keystore import DeviceKey

EXAMPLE = Path(__file__).parents[2] / "server" / "haidang_server" / "example" / "kien_giang"
COMMUNE = "Xã Hòn Nghệ"
OTHER_COMMUNE = "Xã Sơn Hải"
DAY = "2019-02-18"
FORMS = ("F01K", "F01M", "F01P", "F02", "F04A", "F05M", "F11")
DISTRICTS = ("Huyện Kiên Lương", "Huyện Kiên Hải")
MARCH = ("report", "F01M", "--site", "HN-1", "--period", "2019-03")
"""The monthly report of the post of `town_with_post`."""
URL = "http://127.0.0.1:9"
"""Nobody listens there."""
HUB = DeviceKey(bytes(31) + b"\x07")
HUB_ID = key_id(HUB.public_key)


class Outcome(NamedTuple):
    """How a command line ended; `data` is its JSON object, None without `--json`."""

    code: int
    data: Any
    out: str
    err: str

    @property
    def error(self) -> str:
        """The code of the refusal."""
        return str(self.data["error"]["code"])


def haidang(*line: object, home: Path | None = None, as_json: bool = True) -> Outcome:
    """Run one command line in this process."""
    words = [*map(str, line), *(["--home", str(home)] if home else []), *(["--json"] if as_json else [])]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    text = out.getvalue()
    if as_json:
        assert len(text.splitlines()) == 1, text + err.getvalue()
    return Outcome(code, json.loads(text) if as_json else None, text, err.getvalue())


def done(*line: object, home: Path | None = None) -> Any:
    """Run one command line that must succeed; its data."""
    outcome = haidang(*line, home=home)
    assert outcome.code == 0, outcome
    return outcome.data


class Town:
    """Homes of people, by name, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def home(self, name: str) -> Path:
        return self.folder / name

    def run(self, name: str, *line: object) -> Outcome:
        return haidang(*line, home=self.home(name))

    def done(self, name: str, *line: object) -> Any:
        return done(*line, home=self.home(name))

    def say(self, name: str, *line: object, lang: str = "vi") -> str:
        """What a person reads on a command's way to success."""
        outcome = haidang(*line, "--lang", lang, home=self.home(name), as_json=False)
        assert outcome.code in (0, 5), outcome
        return outcome.out

    def carry(self, sender: str, receiver: str) -> Any:
        """Everything that one holds, by file, to another."""
        file = self.folder / "carried.bundle"
        self.done(sender, "bundle", "export", file, "--force")
        return self.done(receiver, "bundle", "import", file)

    def invite(
        self, name: str, role: str, unit: str, officer: str = "tinh", *, confirmed: bool = True
    ) -> None:
        """Invite, enrol and confirm somebody, by files alone."""
        offer = self.folder / f"{name}.offer"
        self.done(officer, "invite", unit, "--role", role, "--person", name, "--out", offer, "--offline")
        found = self.done(name, "enrol", "--offer-file", offer, "--no-passphrase")
        self.carry(name, officer)
        if confirmed:
            self.done(officer, "invite", "--confirm", found["fingerprint"])
            self.carry(officer, name)


def some_definitions(folder: Path) -> Path:
    """A part of the example: two districts with their communes, the forms that the tests fill in, all directives."""
    (folder / "forms").mkdir(parents=True)
    for family in FORMS:
        shutil.copy(EXAMPLE / "forms" / f"{family}.json", folder / "forms")
    for name in ("directives.csv", "annotations.csv"):
        shutil.copy(EXAMPLE / name, folder)
    table = (EXAMPLE / "units.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    kept = {row["unit"] for row in rows if row["level"] == "province" and row["name"] == "Tỉnh Kiên Giang"}
    kept |= {row["unit"] for row in rows if row["name"] in DISTRICTS}
    lines = [
        line
        for line, row in zip(table.splitlines()[1:], rows, strict=True)
        if row["unit"] in kept or (row["parent"] in kept and row["level"] == "commune")
    ]
    (folder / "units.csv").write_text("\n".join([table.splitlines()[0], *lines]) + "\n", encoding="utf-8")
    return folder


def found_town(folder: Path, url: str = URL, hub: str = HUB.public_key.hex()) -> Town:
    """Found a deployment and publish a part of the example in it."""
    town = Town(folder)
    definitions = some_definitions(folder / "definitions")
    town.done(
        "tinh", "found", "Kiên Giang", "--hub", hub, "--url", url, "--units", definitions / "units.csv", "--date", DAY,
        "--out", folder / "founding", "--person", "Trần Thị Bình", "--no-passphrase",
    )  # fmt: skip
    town.done("tinh", "publish", definitions, "--date", DAY, "--years", 2019)
    return town


def peopled_town(folder: Path) -> Town:
    """A founded town with a reporter, a head of commune and a district officer."""
    town = found_town(folder)
    town.invite("Lan", "reporter", COMMUNE)
    town.invite("Hoa", "commune-head", COMMUNE)
    town.invite("Dũng", "district-officer", "Huyện Kiên Lương")
    return town


def copied(town: Town, folder: Path) -> Town:
    """The same town elsewhere, for a test to spoil."""
    shutil.copytree(town.folder, folder, dirs_exist_ok=True)
    return Town(folder)


def message_of(outcome: Outcome) -> str:
    """What the person read: what happened, what is safe, what to do."""
    error = outcome.data["error"]
    return f"{error['what']} {error['safe']} {error['todo']}"


Runner = Callable[..., Outcome]


def town_with_post(folder: Path) -> Town:
    """A peopled town whose reporter has described a post."""
    town = peopled_town(folder)
    site = ("--set", "site_name=Điểm Hòn Nghệ", "--set", "site_code=HN-1")
    town.done("Lan", "report", "F01P", "--site", "new", *site)
    return town


def fields(town: Town, name: str, record: str = "F01M") -> Any:
    """The fields of a report as somebody sees them."""
    return town.done(name, "show", record)["fields"]


def value(town: Town, name: str, field: str, record: str = "F01M") -> Any:
    """The values of a field as somebody sees them."""
    return [each["value"] for each in fields(town, name, record)[field]["values"]]
