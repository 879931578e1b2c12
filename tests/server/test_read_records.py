"""Records as people and machines read them: provenance, history, what waits, filters, pages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from haidang_protocol.body import Operation, Reference
from haidang_protocol.operations import (
    ADD,
    COUNT,
    LINK,
    NOTE,
    PUT,
    REDACT,
    REFUSE,
    REMOVE,
    SAME_AS,
    UNIT,
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


# ---------------------------------------------------------------------------------------------- provenance and history


def test_each_shown_value_names_the_change_set_that_states_it(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    said = shelf.put(shelf.phone, "visits", 120)
    note = shelf.say(shelf.phone, Operation(NOTE, shelf.monthly, "", ["mất điện", None]))
    stand.take(said, note)
    stand.take(
        shelf.say(
            shelf.head,
            Operation(NOTE, shelf.monthly, "", ["đã gọi điện lực", note.identity(0)]),
            time=START + 60,
        ),
        shelf.say(shelf.head, Operation(LINK, shelf.monthly, SAME_AS, [raw("twin"), shelf.phone.scope])),
    )
    asked = desk()
    record = only(asked.items(shelf.province, "/v1/records"))["record"]
    detail = asked.ask(shelf.province, f"/v1/records/{record}")
    statement = only(only(detail["statements"])["statements"])
    assert statement == {
        "value": 120,
        "operation": said.identity(0).hex(),
        "set": said.id.hex(),
        "claimed": START,
        "received": START + 100,
        "author": {
            "key": shelf.phone.id.hex(),
            "person": "phone",
            "label": "phone",
            "unit": shelf.an.hex(),
            "confirmed": True,
        },
    }
    first, second = detail["notes"]
    assert (first["text"], second["text"]) == ("mất điện", "đã gọi điện lực")
    assert second["reply_to"] == first["operation"]
    assert detail["links"] == [
        {"kind": "same-as", "record": raw("twin").hex(), "scope": shelf.phone.scope.hex()}
    ]


def test_history_holds_every_value_that_was_ever_saved(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    first = shelf.put(shelf.phone, "visits", 1)
    second = shelf.put(shelf.phone, "visits", 2, first)
    added = shelf.say(shelf.phone, Operation(COUNT, shelf.monthly, "taps", 5))
    service = shelf.say(shelf.head, Operation(ADD, shelf.monthly, "services", "NET"))
    removed = shelf.say(
        shelf.head, Operation(REMOVE, shelf.monthly, "services", "NET", (Reference(service.id16, 0),))
    )
    quarantined = shelf.say(shelf.phone, Operation(ADD, shelf.monthly, "services", "THU"))
    lost = shelf.put(shelf.other, "visits", 3)
    parked = shelf.put(shelf.other, "visits", 4)
    stand.take(first, second, added, service, removed, quarantined, parked)
    asked = desk()
    record = only(asked.items(shelf.province, "/v1/records"))
    assert record["waiting"] == 2
    history = asked.items(shelf.province, f"/v1/records/{record['record']}/history", limit=2)
    assert [
        (each["set"], each["kind"], each["value"], each["status"], each["reason"]) for each in history
    ] == [
        (first.id.hex(), "put", 1, "superseded", ""),
        (second.id.hex(), "put", 2, "live", ""),
        (added.id.hex(), "count", 5, "counted", ""),
        (service.id.hex(), "add", "NET", "superseded", ""),
        (removed.id.hex(), "remove", "NET", "removed", ""),
        (quarantined.id.hex(), "add", "THU", "waiting", "unauthorised"),
        (parked.id.hex(), "put", 4, "waiting", "predecessor"),
    ]
    assert lost.id.hex() not in {each["set"] for each in history}
    assert [each["sequence"] for each in history] == sorted(each["sequence"] for each in history)


def test_a_redacted_value_is_gone_and_its_place_is_not(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    said = shelf.put(shelf.phone, "remark", "Nguyễn Văn A, 0912 345 678", salt=raw("salt"))
    stand.take(said)
    for officer in (shelf.province, shelf.district):
        stand.take(officer.enter((REDACT, raw("redact", officer.name), [[said.id], "thông tin cá nhân"])))
    asked = desk()
    record = only(asked.items(shelf.province, "/v1/records"))
    answer = asked.client.get(f"/v1/records/{record['record']}/history", headers=asked.login(shelf.province))
    told = only(answer.json()["items"])
    assert (told["redacted"], told["value"], told["operation"]) == (True, None, said.identity(0).hex())
    assert "0912" not in answer.text


def test_definitions_have_a_history_too(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    history = desk().items(shelf.province, f"/v1/records/{shelf.an.hex()}/history")
    assert [each["kind"] for each in history] == ["unit", "unit"]


# ------------------------------------------------------------------------------------------------------- what waits


def test_quarantine_shows_what_waits_with_its_contents_and_whether_the_question_is_closed(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    overstep = shelf.say(shelf.phone, Operation(ADD, shelf.monthly, "services", "NET"))
    closed = shelf.say(shelf.phone, Operation(ADD, shelf.monthly, "services", "THU"))
    stand.take(overstep, closed)
    stand.take(shelf.district.enter((REFUSE, raw("refuse"), [[closed.id], "không rõ"])))
    first, second = desk().items(shelf.district, "/v1/quarantine", limit=1)
    assert (first["verdict"], first["reason"], first["closed"]) == ("quarantined", "unauthorised", False)
    assert first["author"]["person"] == "phone"
    assert first["unit"]["name"] == "Xã An"
    assert only(first["operations"])["value"] == "NET"
    assert (second["set"], second["closed"]) == (closed.id.hex(), True)


def test_adopted_work_leaves_the_quarantine(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    said = shelf.put(shelf.phone, "visits", 1)
    stand.take(shelf.revoke(shelf.district, shelf.phone, {}), said)
    asked = desk()
    assert only(asked.items(shelf.district, "/v1/quarantine"))["reason"] == "revoked"
    assert asked.items(shelf.district, "/v1/records") == []
    hub = asked.client.app.state.service.hub
    with hub.transaction(START + 200):
        hub.take([shelf.adopt(shelf.district, said)])
    assert asked.items(shelf.district, "/v1/quarantine") == []
    assert only(asked.items(shelf.district, "/v1/records"))["values"]["visits"] == 1


# ------------------------------------------------------------------------------------------------ filters, pages, names


def test_all_filters_that_are_given_hold_at_once(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    stand.take(shelf.put(shelf.phone, "visits", 1), shelf.put(shelf.far, "visits", 2))
    stand.take(shelf.far.report(1))
    asked = desk()
    period = shelf.period.id.hex()

    def units(**parameters: object) -> list[str]:
        found = asked.items(shelf.province, "/v1/records", **parameters)
        return sorted(record["unit"]["code"] for record in found)

    assert units() == ["00901", "00902", "00902"]
    assert units(unit="902") == ["00902", "00902"]
    assert units(unit=shelf.east.hex()) == ["00901"]
    assert units(form="T1") == units(period=period) == units(directive="TB171-2.1a") == ["00901", "00902"]
    assert units(directive="171/1") == ["00902"]
    assert units(form="T1", unit="902", period=period, state="sent", hidden=False) == ["00902"]
    assert units(period=shelf.periods[1].id.hex()) == units(form="T9") == units(state="approved") == []


def test_pages_hold_every_record_once(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    for at in range(23):
        stand.take(shelf.say(shelf.phone, Operation(PUT, raw("event", at), "visits", at)))
    asked = desk()
    headers = asked.login(shelf.phone)
    for limit in (1, 5, 22, 23, 24):
        found = asked.items(headers, "/v1/records", limit=limit)
        assert sorted(record["values"]["visits"] for record in found) == list(range(23))


def test_what_changed_since_is_asked_for_with_what_an_earlier_answer_said(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    stand.take(shelf.put(shelf.phone, "visits", 1))
    asked = desk()
    before = asked.ask(shelf.province, "/v1/records")["as_of"]
    assert asked.items(shelf.province, "/v1/records", since=before) == []
    hub = asked.client.app.state.service.hub
    with hub.transaction(START + 200):
        hub.take([shelf.put(shelf.far, "visits", 1)])
    assert only(asked.items(shelf.province, "/v1/records", since=before))["unit"]["code"] == "00902"


def test_a_unit_is_called_what_it_was_called_at_the_time_and_a_dispute_about_it_shows(
    stand: Stand, shelf: Shelf, desk: OpenDesk
) -> None:
    versions = [
        ["Xã An", "An", "commune", "xa", shelf.east, "GSO", "00901", None, "2027-01-31", ""],
        ["Phường An", "An", "commune", "phuong", shelf.east, "GSO", "00901", "2027-02-01", None, ""],
    ]
    stand.take(shelf.put(shelf.phone, "visits", 1))
    stand.take(shelf.province.enter((UNIT, shelf.an, [shelf.east, shelf.an, versions, []])))
    asked = desk()
    assert only(asked.items(shelf.province, "/v1/records"))["unit"]["name"] == "Xã An"
    shown = only(asked.items(shelf.province, "/v1/units", unit="00901"))
    told = [[each["name"] for each in unit["versions"]] for unit in (shown["item"], *shown["others"])]
    assert sorted(told) == [["Xã An"], ["Xã An", "Phường An"]]


def test_coverage_says_who_has_not_reported(stand: Stand, shelf: Shelf, desk: OpenDesk) -> None:
    stand.take(shelf.put(shelf.phone, "visits", 1))
    found = desk().ask(shelf.province, "/v1/coverage", form="T1", period=shelf.period.id.hex())["items"]
    assert {item["unit"]["name"]: (item["expected"], item["records"], item["states"]) for item in found} == {
        "Xã An": (True, 1, {"sent": 1}),
        "Xã Tân": (True, 0, {}),
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/records?cursor=%21", 400, "malformed"),
        ("/v1/records?cursor=gqFh", 400, "malformed"),
        ("/v1/records?limit=0", 400, "malformed"),
        ("/v1/records?limit=501", 400, "malformed"),
        ("/v1/records?state=lost", 400, "malformed"),
        ("/v1/records?period=xyz", 400, "malformed"),
        ("/v1/records?since=-1", 400, "malformed"),
        ("/v1/records?unit=00000", 404, "unknown-name"),
        ("/v1/records/xyz", 400, "malformed"),
        ("/v1/records/" + "00" * 16, 404, "not-found"),
        ("/v1/records/" + "00" * 16 + "/history", 404, "not-found"),
        ("/v1/records/" + "00" * 16 + "?scope=00", 400, "malformed"),
        ("/v1/exports/nothing.csv", 404, "unknown-name"),
        ("/v1/exports/records.pdf", 404, "unknown-name"),
        ("/v1/coverage", 400, "malformed"),
    ],
)
def test_a_question_that_makes_no_sense_is_said_to_make_none(
    shelf: Shelf, desk: OpenDesk, path: str, status: int, code: str
) -> None:
    asked = desk()
    assert asked.refused(asked.login(shelf.phone), path) == (status, code)
