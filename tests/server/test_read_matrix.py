"""Who may read what: every role at every unit, over every endpoint, against a model of SPEC X10 in a few lines."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from haidang_protocol.body import Operation, record_id
from haidang_protocol.certificates import Rights
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.operations import ADOPT, ATTEST, CERTIFY, PUT, REPORT_KINDS
from haidang_server.access import DATASETS
from haidang_server.tokens import TokenBook, TokenScope
from tests.server.reading_desk import Desk, bearer, opened
from tests.server.shelf import Shelf, Stand
from tests.server.world import OFFICE, READER, REPORTER, START, Person, raw

HEAD = Rights(frozenset(REPORT_KINDS), frozenset({"confirm"}), frozenset({REPORTS, RESTRICTED}))
SERVER = Rights(frozenset(), frozenset(), frozenset())
ROLES = {"office": OFFICE, "head": HEAD, "reporter": REPORTER, "reader": READER, "server": SERVER}
UNITS = ("top", "east", "west", "an", "tan")
ABOVE = {
    "top": {"top"}, "east": {"east", "top"}, "west": {"west", "top"}, "an": {"an", "east", "top"},
    "tan": {"tan", "west", "top"},
}  # fmt: skip
"""Each unit with all above it."""
ENDED = ("retired", "revoked", "expired", "revoked above")


@dataclass
class Expected:
    """What the model says that somebody may read."""

    scopes: set[str] = field(default_factory=set)
    """Scopes of reports, in hexadecimal digits."""
    authority: set[str] = field(default_factory=set)
    """Units whose authority scopes."""


@dataclass
class Setting:
    """The hub, who asks, and what is there to be read."""

    desk: Desk
    shelf: Shelf
    callers: dict[str, tuple[dict[str, str], Expected]]
    filed: set[str]
    """All scopes with reports."""


def expected_of(shelf: Shelf, unit: str, kinds: set[int]) -> Expected:
    """Reports of the kinds in the unit and below; the authority of these and of all above."""
    below = {each for each, above in ABOVE.items() if unit in above}
    return Expected(
        {scope_of(kind, getattr(shelf, each)).hex() for kind in kinds for each in below},
        {getattr(shelf, each).hex() for member in below for each in ABOVE[member]},
    )


def certify_callers(shelf: Shelf) -> tuple[list[Any], dict[str, Person], dict[str, Expected]]:
    """Somebody of every role at every unit, and some whose reading has ended or has not begun."""
    people, expected, entries = {}, {}, []
    for (role, rights), unit in product(ROLES.items(), UNITS):
        name = f"{role} of {unit}"
        people[name] = shelf.person(name, getattr(shelf, unit))
        entries.append(shelf.certified(shelf.province, people[name], rights))
        kinds = set(rights.scopes) - {AUTHORITY}
        expected[name] = expected_of(shelf, unit, kinds)
    for name in ENDED:
        people[name] = shelf.person(name, shelf.an)
        until: dict[str, Any] = {"read_until": START + 499} if name == "expired" else {}
        entries.append(shelf.certified(shelf.province, people[name], HEAD, **until))
        expected[name] = Expected()
    people["until now"] = shelf.person("until now", shelf.an)
    entries.append(shelf.certified(shelf.province, people["until now"], REPORTER, read_until=START + 500))
    expected["until now"] = expected_of(shelf, "an", {REPORTS})
    return entries, people, expected


def enrolments(shelf: Shelf) -> tuple[list[Any], dict[str, Person], dict[str, Expected]]:
    """Two phones that took an offer; the officer confirmed one of them."""
    sets, people, expected = [], {}, {}
    for name in ("confirmed phone", "unconfirmed phone"):
        offer = shelf.person(f"offer of {name}", shelf.an)
        rights = Rights(frozenset({CERTIFY}), frozenset(), frozenset({AUTHORITY}))
        sets.append(
            shelf.district.enter(shelf.certified(shelf.district, offer, rights, REPORTER, offer=True))
        )
        people[name] = shelf.person(name, shelf.an)
        taken = offer.enter(shelf.certified(offer, people[name], REPORTER))
        sets.append(taken)
        expected[name] = Expected()
        if name == "confirmed phone":
            entry = (ADOPT, raw("adopted"), [[taken.id], [], "đã so dấu vân"])
            sets.append(shelf.district.enter(entry))
            expected[name] = expected_of(shelf, "an", {REPORTS})
    return sets, people, expected


def fill(stand: Stand) -> set[str]:
    """In every report scope of every unit: a record with a conflict, and a set that is quarantined."""
    shelf = stand.shelf
    deputy, meddler = shelf.person("deputy", shelf.top), shelf.person("meddler", shelf.top)
    stand.take(
        shelf.province.enter(
            shelf.certified(shelf.province, deputy, OFFICE),
            shelf.certified(
                shelf.province,
                meddler,
                Rights(frozenset({PUT}), frozenset(), frozenset({REPORTS, RESTRICTED})),
            ),
        )
    )
    filed = set()
    for kind, unit in product((REPORTS, RESTRICTED), UNITS):
        scope = scope_of(kind, getattr(shelf, unit))
        filed.add(scope.hex())
        said = [
            shelf.put(shelf.province, "visits", 1, scope=scope),
            shelf.put(deputy, "visits", 2, scope=scope),
            shelf.say(meddler, Operation(ATTEST, shelf.monthly, "approve", ["approved", ""]), scope=scope),
        ]
        assert stand.take(*said) == ["accepted", "accepted", "unauthorised"]
    return filed


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    stand = Stand(tmp_path_factory.mktemp("matrix") / "hub")
    shelf = stand.shelf
    filed = fill(stand)
    entries, people, expected = certify_callers(shelf)
    stand.take(shelf.province.enter(*entries))
    stand.take(
        shelf.retire(shelf.province, people["retired"]),
        shelf.revoke(shelf.province, people["revoked"], {}),
        shelf.revoke(shelf.roots[0], people["revoked above"], {}),
    )
    sets, more, what = enrolments(shelf)
    stand.take(*sets)
    people, expected = people | more, expected | what
    headers = {}
    for restricted, unit in product((False, True), UNITS):
        name = f"token of {unit}, restricted {restricted}"
        scope = TokenScope(getattr(shelf, unit), DATASETS, restricted)
        headers[name] = bearer(TokenBook(stand.folder).create(name, scope, START, None, os.urandom)[1])
        expected[name] = expected_of(shelf, unit, {REPORTS, RESTRICTED} if restricted else {REPORTS})
    with opened(stand) as desk:
        for name, person in people.items():
            answer = desk.prove(person, desk.nonce())
            if answer.status_code == 201:
                headers[name] = bearer(answer.json()["token"])
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
        callers = {name: (headers.get(name, {}), expected[name]) for name in expected}
        yield Setting(desk, shelf, callers, filed)


NAMES = [f"{role} of {unit}" for role, unit in product(ROLES, UNITS)]
TOKENS = [f"token of {unit}, restricted {restricted}" for restricted, unit in product((False, True), UNITS)]
READING = [*NAMES, *TOKENS, "until now", "confirmed phone"]
NOT_READING = [*ENDED, "unconfirmed phone"]


@pytest.mark.parametrize("name", READING)
def test_reports_are_read_exactly_where_a_certificate_reaches(setting: Setting, name: str) -> None:
    headers, expected = setting.callers[name]
    seen = expected.scopes & setting.filed
    for path in ("/v1/records", "/v1/conflicts"):
        assert {item["scope"] for item in setting.desk.items(headers, path, limit=3)} == seen
    waiting = setting.desk.items(headers, "/v1/quarantine", limit=3)
    authority = {scope_of(AUTHORITY, bytes.fromhex(unit)).hex() for unit in expected.authority}
    assert {item["scope"] for item in waiting} - authority == seen


@pytest.mark.parametrize("name", READING)
def test_exports_hold_exactly_the_same(setting: Setting, name: str) -> None:
    headers, expected = setting.callers[name]
    for dataset in ("records", "values", "history", "conflicts", "T1"):
        answer = setting.desk.client.get(f"/v1/exports/{dataset}.ndjson", headers=headers)
        assert answer.status_code == 200
        found = {json.loads(line)["scope"] for line in answer.text.splitlines()}
        assert found == expected.scopes & setting.filed, dataset


@pytest.mark.parametrize("name", READING)
def test_coverage_counts_only_what_may_be_read(setting: Setting, name: str) -> None:
    headers, expected = setting.callers[name]
    items = setting.desk.ask(headers, "/v1/coverage", form="T1", period=setting.shelf.period.id.hex())[
        "items"
    ]
    counted = {item["unit"]["id"]: item["records"] for item in items if item["records"]}
    scopes = expected.scopes & setting.filed
    assert counted == {
        unit: sum(scope[2:] == unit for scope in scopes) for unit in {scope[2:] for scope in scopes}
    }


@pytest.mark.parametrize("name", READING)
def test_a_record_out_of_reach_does_not_exist(setting: Setting, name: str) -> None:
    headers, expected = setting.callers[name]
    for scope in sorted(setting.filed):
        record = record_id(setting.shelf.monthly, bytes.fromhex(scope)).hex()
        for path in (f"/v1/records/{record}", f"/v1/records/{record}/history"):
            for parameters in ({}, {"scope": scope}):
                answer = setting.desk.client.get(path, headers=headers, params=parameters)
                assert answer.status_code == (200 if scope in expected.scopes else 404)


@pytest.mark.parametrize("name", READING)
def test_definitions_are_read_from_the_closure_and_the_subtree(setting: Setting, name: str) -> None:
    headers, expected = setting.callers[name]
    for path in ("/v1/units", "/v1/directives", "/v1/forms", "/v1/periods", "/v1/assignments"):
        items = setting.desk.items(headers, path, limit=50)
        assert {item["written_in"] for item in items} <= expected.authority
    assert bool(setting.desk.items(headers, "/v1/assignments")) == (
        setting.shelf.east.hex() in expected.authority
    )


@pytest.mark.parametrize("name", NOT_READING)
def test_who_may_not_read_any_more_or_not_yet_gets_no_session(setting: Setting, name: str) -> None:
    assert setting.callers[name] == ({}, Expected())


PATHS = (
    "/v1/records", "/v1/records/{record}", "/v1/records/{record}/history", "/v1/conflicts", "/v1/quarantine",
    "/v1/coverage?form=T1", "/v1/units", "/v1/directives", "/v1/forms", "/v1/periods", "/v1/assignments",
    "/v1/exports", "/v1/exports/records.csv", "/v1/exports/T1.ndjson", "/v1/session",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_nothing_is_read(setting: Setting, path: str) -> None:
    record = record_id(setting.shelf.monthly, setting.shelf.phone.scope).hex()
    assert setting.desk.refused({}, path.format(record=record)) == (401, "session-needed")


def test_every_reading_path_is_in_the_list(setting: Setting) -> None:
    described = setting.desk.client.get("/schema/openapi.json").json()["paths"]
    ours = {
        path
        for path, methods in described.items()
        if "get" in methods
        and set(methods["get"].get("tags", ())) & {"records", "definitions", "exports", "session"}
    }
    listed = {path.partition("?")[0] for path in PATHS}
    assert {path.replace("{file}", "records.csv") for path in ours} <= listed
