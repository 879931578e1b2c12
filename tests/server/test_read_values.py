"""What a record shows: values by its form, conflicts, flags, and where the report stands."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from haidang_protocol.body import Operation, Reference, Save
from haidang_protocol.ids import RESTRICTED, derived_row_id, scope_of
from haidang_protocol.operations import (
    ADD,
    COUNT,
    PUT,
    VOID,
)
from tests.server.reading_desk import Desk, opened, stand_in
from tests.server.shelf import Shelf, Stand
from tests.server.world import START, raw

OpenDesk = Callable[[], Desk]


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return stand_in(tmp_path)


@pytest.fixture
def shelf(stand: Stand) -> Shelf:
    return stand.shelf


@pytest.fixture
def desk(stand: Stand) -> Iterator[OpenDesk]:
    """Opens the application once everything is stored."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(opened(stand))


def only(found: list[dict[str, Any]]) -> dict[str, Any]:
    (record,) = found
    return record


# ------------------------------------------------------------------------------------------------------------- values


def test_every_kind_of_field_is_read_as_its_form_has_it(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    stand.take(shelf.full(shelf.head), shelf.say(shelf.head, Operation(COUNT, shelf.monthly, "taps", 3)))
    record = only(desk().items(shelf.head, "/v1/records"))
    assert record["values"] == {
        "status": "HD",
        "visits": 120,
        "remark": "=Đường xấu",
        "hours": 8.5,
        "cost": 1_500_000,
        "open": True,
        "seen_on": "2027-01-02",
        "where": {"latitude": 10.0123456, "longitude": 105.0809, "accuracy_m": 12},
        "services": ["THU", "NET"],
        "photos": [{"sha256": raw("photo", size=32).hex(), "bytes": 1234, "media_type": "image/jpeg"}],
        "taps": 3,
        "signal": [
            {
                "row": derived_row_id("signal", ["ấp một"]).hex(),
                "key": ["ấp một"],
                "hidden": False,
                "cells": {"hamlet": "Ấp Một", "level": "T"},
            }
        ],
        "per_hour": 14.12,
    }
    assert record["unit"] == {
        "id": shelf.an.hex(), "name": "Xã An", "name_en": "Xã An", "level": "commune", "code": "00901",
    }  # fmt: skip
    assert record["form"]["title_vi"] == "Báo cáo tháng"
    assert record["period"]["label_vi"] == "Tháng 1/2027 (15/12–14/01)"
    assert (record["state"], record["flags"], record["conflicts"]) == ("sent", [], [])


def test_what_no_form_knows_is_read_as_it_was_saved(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    row = raw("row")
    stand.take(
        shelf.say(
            shelf.head,
            Operation(PUT, raw("event"), "whatever", [1, "hai", None, True]),
            Operation(PUT, raw("event"), "raw", b"\x00\xff"),
            Operation(ADD, raw("event"), "lines", row),
            Operation(PUT, raw("event"), ("lines", row, "name"), "ấp"),
            form=b"\x05" * 16,
        )
    )
    record = only(desk().items(shelf.head, "/v1/records"))
    assert (record["family"], record["form"]) == ("", None)
    assert record["values"] == {
        "lines": [{"row": row.hex(), "key": None, "hidden": False, "cells": {"name": "ấp"}}],
        "raw": "00ff",
        "whatever": [1, "hai", None, True],
    }


def test_a_voided_row_is_marked_and_a_voided_record_too(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    full = shelf.full(shelf.head)
    rows = [11, 12, 13]
    covers = tuple(Reference(full.id16, index) for index in rows)
    void = Operation(VOID, shelf.monthly, ("signal", ("ấp một",), ""), "nhầm", (), covers)
    stand.take(full, shelf.say(shelf.head, void))
    event = shelf.say(shelf.head, Operation(PUT, raw("event"), "visits", 1))
    gone = Operation(VOID, raw("event"), "", "nhầm", (), (Reference(event.id16, 0),))
    stand.take(event, shelf.say(shelf.head, gone))
    asked = desk()
    shown = only(asked.items(shelf.head, "/v1/records", hidden=False))
    assert [row["hidden"] for row in shown["values"]["signal"]] == [True]
    assert only(asked.items(shelf.head, "/v1/records", hidden=True))["record"] == raw("event").hex()


def test_a_restricted_field_stands_in_the_twin_and_each_names_the_other(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    restricted = scope_of(RESTRICTED, shelf.an)
    stand.take(shelf.full(shelf.head), shelf.put(shelf.head, "incidents", 2, scope=restricted))
    asked = desk()
    records = {record["restricted"]: record for record in asked.items(shelf.head, "/v1/records")}
    assert records[True]["values"] == {"incidents": 2}
    assert records[True]["flags"] == []
    for kind, other in ((True, False), (False, True)):
        detail = asked.ask(shelf.head, f"/v1/records/{records[kind]['record']}")
        assert detail["twin"] == records[other]["record"]
    assert asked.ask(shelf.phone, f"/v1/records/{records[False]['record']}")["twin"] is None


# --------------------------------------------------------------------------------------------------- conflicts, flags


def test_both_values_of_a_conflict_stand_and_say_who_said_them_when(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    first = shelf.put(shelf.phone, "visits", 120, time=START - 60)
    second = shelf.put(shelf.other, "visits", 130, time=START)
    stand.take(second, first)
    asked = desk()
    for path in ("/v1/records", "/v1/conflicts"):
        record = only(asked.items(shelf.province, path))
        conflict = only(record["conflicts"])
        assert (conflict["place"]["field"], conflict["policy"], conflict["shown"]) == (
            "visits",
            "unresolved",
            None,
        )
        assert conflict["label_vi"] == "Số lượt"
        told = [(each["value"], each["author"]["person"], each["claimed"]) for each in conflict["siblings"]]
        assert told == [(120, "phone", START - 60), (130, "other", START)]
        assert {each["received"] for each in conflict["siblings"]} == {START + 100}
    assert only(asked.items(shelf.province, "/v1/records"))["values"]["visits"] is None


def test_a_clock_that_runs_ahead_does_not_make_a_value_the_latest(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    stand.now = START + 100
    stand.take(shelf.put(shelf.phone, "remark", "mười năm sau", time=START + 10**9))
    stand.now = START + 300
    stand.take(shelf.put(shelf.other, "remark", "đúng giờ", time=START + 200))
    record = only(desk().items(shelf.province, "/v1/records"))
    assert record["values"]["remark"] == "đúng giờ"
    assert only(record["conflicts"])["shown"] == "đúng giờ"


def test_each_save_of_a_set_counts_by_its_own_time(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    def save(value: str, time: int) -> Save:
        return Save(shelf.form_id, time, (Operation(PUT, shelf.monthly, "remark", value),))

    stand.take(
        shelf.phone.seal(shelf.phone.scope, [save("sáng", START - 3_600), save("trưa", START - 600)]),
        shelf.other.seal(shelf.other.scope, [save("giữa buổi", START - 1_800)]),
    )
    conflict = only(only(desk().items(shelf.province, "/v1/records"))["conflicts"])
    told = [(each["value"], each["claimed"]) for each in conflict["siblings"]]
    assert told == [("sáng", START - 3_600), ("giữa buổi", START - 1_800), ("trưa", START - 600)]
    assert conflict["shown"] == "trưa"


def test_a_settled_conflict_is_none(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    one, two = shelf.put(shelf.phone, "visits", 1), shelf.put(shelf.other, "visits", 2)
    stand.take(one, two, shelf.put(shelf.district, "visits", 2, one, two, scope=shelf.phone.scope))
    asked = desk()
    assert asked.items(shelf.province, "/v1/conflicts") == []
    assert only(asked.items(shelf.province, "/v1/records"))["values"]["visits"] == 2


def test_what_breaks_a_rule_of_the_form_is_taken_and_flagged(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    stand.take(
        shelf.put(shelf.phone, "visits", -1),
        shelf.put(shelf.phone, "grade", 5),
        shelf.put(shelf.phone, "seen_on", "hôm qua"),
        shelf.put(shelf.phone, "nonsense", 1),
    )
    record = only(desk().items(shelf.province, "/v1/records"))
    flags = {(flag["field"], flag["code"]) for flag in record["flags"]}
    assert flags == {
        ("visits", "constraint"),
        ("status", "required"),
        ("seen_on", "kind"),
        ("nonsense", "unknown"),
        ("grade", "role"),
    }
    assert (record["values"]["visits"], record["values"]["seen_on"]) == (-1, "hôm qua")
    assert [flag["message_vi"] for flag in record["flags"] if flag["field"] == "visits"] == [
        "Số không được âm."
    ]


def test_the_office_that_a_field_belongs_to_is_not_flagged(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    stand.take(shelf.full(shelf.head), shelf.put(shelf.district, "grade", 5, scope=shelf.phone.scope))
    assert only(desk().items(shelf.province, "/v1/records"))["flags"] == []


# ------------------------------------------------------------------------------------------------------------ workflow


def test_a_report_goes_from_sent_to_confirmed_to_approved_to_stale(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    stages = []
    asked: Desk | None = None
    full = shelf.full(shelf.head)
    for said in (
        full,
        shelf.attest(shelf.head, "confirm", "confirmed", full),
        shelf.attest(shelf.district, "approve", "approved", full),
        shelf.put(shelf.phone, "taps", 1),
    ):
        if asked is None:
            stand.take(said)
            asked = desk()
        else:
            hub = asked.client.app.state.service.hub
            with hub.transaction(START + 200):
                hub.take([said])
        stages.append(only(asked.items(shelf.province, "/v1/records"))["state"])
        assert asked.items(shelf.province, "/v1/records", state=stages[-1])
    assert stages == ["sent", "confirmed", "approved", "stale"]
    assert asked is not None
    assert asked.items(shelf.province, "/v1/records", state="approved") == []


def test_a_returned_report_says_why_and_by_whom(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    full = shelf.full(shelf.head)
    stand.take(full, shelf.attest(shelf.district, "approve", "returned", full, reason="thiếu số liệu"))
    record = only(desk().items(shelf.head, "/v1/records"))
    attest = only(record["attests"])
    assert record["state"] == "returned"
    assert (attest["role"], attest["reason"], attest["stale"]) == ("approve", "thiếu số liệu", False)
    assert attest["author"]["person"] == "district east"


def test_approvals_that_contradict_each_other_are_a_conflict(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    full = shelf.full(shelf.head)
    stand.take(
        full,
        shelf.attest(shelf.district, "approve", "approved", full),
        shelf.attest(shelf.province, "approve", "returned", full, reason="sai"),
    )
    record = only(desk().items(shelf.head, "/v1/conflicts"))
    assert record["state"] == "contested"
    assert {attest["verdict"] for attest in record["contested"]} == {"approved", "returned"}
