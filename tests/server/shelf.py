"""A hub with something to read: units with names, forms with every kind of field, periods, people and what they report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from haidang_protocol.body import Address, Operation, Preimage, Reference, Save
from haidang_protocol.certificates import Rights
from haidang_protocol.definitions.assignments import Assignment, assignment_id
from haidang_protocol.definitions.directives import Directive, directive_id
from haidang_protocol.definitions.form_json import read_form
from haidang_protocol.definitions.form_values import attachment_element
from haidang_protocol.definitions.forms import form_id
from haidang_protocol.definitions.periods import administrative_periods
from haidang_protocol.definitions.units import Unit, UnitVersion
from haidang_protocol.definitions.words import Words
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.operations import (
    ADD,
    ASSIGNMENT,
    ATTEST,
    DIRECTIVE,
    FORM,
    PERIOD,
    PUT,
    REPORT_KINDS,
    UNIT,
)  # fmt: skip
from haidang_server.database import DATABASE_NAME, open_for_writing
from haidang_server.founding import found_hub
from haidang_server.hub import Hub
from tests.server.world import START, Person, World, raw

DIRECTIVE_CODE = "TB171-2.1a"
SITE = raw("site")
PHOTO = attachment_element([raw("photo", size=32), 1234, "image/jpeg"])
HEAD = Rights(frozenset(REPORT_KINDS), frozenset({"confirm"}), frozenset({REPORTS, RESTRICTED}))
FORM_TEXT = """{
  "family": "T1", "version": %d, "title": ["Báo cáo tháng", "Monthly report"], "directives": ["TB171-2.1a"],
  "subject": {"kind": "unit", "levels": ["commune"]},
  "timing": {"occasion": "period", "regime": "administrative", "kind": "month"},
  "fields": [
    {"name": "status", "type": "sel1", "label": ["Tình trạng", "Status"], "class": "mvreg", "required": true,
     "choices": [["HD", "Hoạt động", "Open"], ["NG", "Ngừng", "Closed"]]},
    {"name": "visits", "type": "int", "label": ["Số lượt", "Visits"], "class": "ptotal", "required": true,
     "constraint": ". >= 0", "message": ["Số không được âm.", "Not below zero."]},
    {"name": "remark", "type": "text(500)", "label": ["Nhận xét", "Remark"], "class": "reg"},
    {"name": "hours", "type": "dec(1)", "label": ["Số giờ", "Hours"], "class": "reg"},
    {"name": "cost", "type": "money", "label": ["Kinh phí", "Cost"], "class": "reg"},
    {"name": "open", "type": "bool", "label": ["Mở cửa", "Open"], "class": "reg"},
    {"name": "seen_on", "type": "date", "label": ["Ngày", "Date"], "class": "reg"},
    {"name": "where", "type": "geo", "label": ["Vị trí", "Place"], "class": "reg"},
    {"name": "services", "type": "selN", "label": ["Dịch vụ", "Services"], "class": "reg",
     "choices": [["THU", "Thư", "Letters"], ["NET", "Mạng", "Internet"]]},
    {"name": "photos", "type": "photo(2)", "label": ["Ảnh", "Pictures"], "class": "attach"},
    {"name": "taps", "type": "int", "label": ["Đếm", "Taps"], "class": "tally"},
    {"name": "grade", "type": "int", "label": ["Điểm", "Grade"], "class": "base", "writes": "district_officer"},
    {"name": "signal", "type": "rows", "label": ["Sóng", "Signal"], "class": "rows", "key": ["hamlet"], "cells": [
      {"name": "hamlet", "type": "text(60)", "label": ["Ấp", "Hamlet"], "class": "reg"},
      {"name": "level", "type": "sel1", "label": ["Mức", "Level"], "class": "mvreg",
       "choices": [["T", "Tốt", "Good"], ["Y", "Yếu", "Weak"]]}
    ]},
    {"name": "incidents", "type": "int", "label": ["Sự cố", "Incidents"], "class": "ptotal", "restricted": true,
     "required": true},
    {"name": "per_hour", "type": "calc(2)", "label": ["Mỗi giờ", "Per hour"], "class": "calc",
     "calculation": "${visits} div ${hours}"}
  ]
}"""


class Shelf(World):
    """The world, its definitions published, and a commune head who may write restricted reports too."""

    def __init__(self) -> None:
        super().__init__()
        self.head = self.person("head", self.an)
        self.form, self.next_form = read_form(FORM_TEXT % 1), read_form(FORM_TEXT % 2)
        self.form_id, self.next_form_id = form_id(self.form), form_id(self.next_form)
        self.periods = administrative_periods(2027, ("month",))
        self.period = self.periods[0]
        units = (
            (self.top, None, "Tỉnh Đông", "province", "91"),
            (self.east, self.top, "Huyện Đông", "district", "901"),
            (self.west, self.top, "Huyện Tây", "district", "902"),
            (self.an, self.east, "Xã An", "commune", "00901"),
            (self.tan, self.west, "Xã Tân", "commune", "00902"),
        )
        self.definitions = self.province.enter(
            *(_unit(*unit) for unit in units),
            (FORM, self.form_id, self.form.to_value()),
            (DIRECTIVE, directive_id(DIRECTIVE_CODE), _directive().to_value()),
            *((PERIOD, period.id, period.to_value()) for period in self.periods),
        )
        self.assigned = self.district.enter(
            (
                ASSIGNMENT,
                assignment_id(DIRECTIVE_CODE, self.an),
                Assignment(DIRECTIVE_CODE, self.an, "2027-03-01", "gấp").to_value(),
            ),
            self.certified(self.district, self.head, HEAD),
        )
        self.setup = [*self.founding, self.definitions, self.assigned]

    @property
    def monthly(self) -> Preimage:
        """The monthly report of whichever unit files it."""
        return Preimage("T1", None, None, self.period.id)

    def say(
        self,
        by: Person,
        *operations: Operation,
        scope: bytes | None = None,
        form: bytes | None = None,
        time: int = START,
        salt: bytes | None = None,
    ) -> OpenedSet:
        """One save of these operations by the form, as a set."""
        form = self.form_id if form is None else form
        return by.seal(scope or by.scope, [Save(form, time, operations, salt)])

    def put(
        self, by: Person, field: Address, value: Any, *seen: OpenedSet, time: int = START, **other: Any
    ) -> OpenedSet:
        """One value of the monthly report, in place of the first operations of the sets seen."""
        references = tuple(Reference(each.id16, 0) for each in seen)
        return self.say(by, Operation(PUT, self.monthly, field, value, references), time=time, **other)

    def attest(self, by: Person, role: str, verdict: str, *sets: OpenedSet, reason: str = "") -> OpenedSet:
        """An attest of all operations of the sets on the monthly report of An."""
        covers = tuple(
            Reference(each.id16, index) for each in sets for index in range(len(each.body.operations))
        )
        attest = Operation(ATTEST, self.monthly, role, [verdict, reason], (), covers)
        return self.say(by, attest, scope=scope_of(REPORTS, self.an))

    def full(self, by: Person) -> OpenedSet:
        """A monthly report with every field of the form that is filed with the reports."""
        hamlet = ("ấp một",)
        values: Sequence[tuple[int, Address, Any]] = (
            (PUT, "status", "HD"), (PUT, "visits", 120), (PUT, "remark", "=Đường xấu"), (PUT, "hours", 85),
            (PUT, "cost", 1_500_000), (PUT, "open", True), (PUT, "seen_on", "2027-01-02"),
            (PUT, "where", [100_123_456, 1_050_809_000, 12]), (ADD, "services", "NET"), (ADD, "services", "THU"),
            (ADD, "photos", PHOTO), (ADD, "signal", list(hamlet)), (PUT, ("signal", hamlet, "hamlet"), "Ấp Một"),
            (PUT, ("signal", hamlet, "level"), "T"),
        )  # fmt: skip
        return self.say(by, *(Operation(kind, self.monthly, field, value) for kind, field, value in values))


class Stand:
    """The hub of a shelf in a folder, filled by hand."""

    def __init__(self, folder: Path, shelf: Shelf | None = None, now: int = START + 100) -> None:
        self.shelf = shelf or Shelf()
        self.folder = folder
        self.file = folder / DATABASE_NAME
        self.now = now
        found_hub(folder, self.shelf.genesis, self.shelf.hub_key, START)
        self.hub = Hub(open_for_writing(self.file), self.shelf.hub_key)
        self.take(*self.shelf.setup)

    def take(self, *sets: OpenedSet) -> list[str]:
        """Store sets; says the verdict of each."""
        with self.hub.transaction(self.now):
            committed = self.hub.take(sets)
        return [str(each.verdict.reason or each.verdict.word) for each in committed]

    def close(self) -> None:
        self.hub.connection.close()


def authority_of(unit: bytes) -> bytes:
    return scope_of(AUTHORITY, unit)


def _unit(unit: bytes, parent: bytes | None, name: str, level: str, code: str) -> tuple[int, bytes, Any]:
    version = UnitVersion(
        name=name, name_en=name, level=level, type=level, parent=parent, scheme="GSO", code=code,
        valid_from=None, valid_to=None, legal_basis="",
    )  # fmt: skip
    return (UNIT, unit, Unit(id=unit, versions=(version,)).to_value("2027-01-01"))


def _directive() -> Directive:
    return Directive(
        code=DIRECTIVE_CODE, parent=None, section="2.1", sector="post", title=Words("Điểm BĐ–VHX", "Post points"),
        modality="giao", leads=("Sở TTTT",), coordinators=(), action="báo cáo", output_type="report",
        decision_maker="UBND tỉnh", horizon="hàng tháng", due=None, amount=None, legal_bases=(), reporters="xã",
        record_level="unit", channel="field", forms=("T1",), related=(), quote="…", notes="", lead_inferred=False,
        annotations=(),
    )  # fmt: skip
