"""Two values, and who says which stands: conflicts, resolve."""

import os

import pytest

from haidang_protocol.ids import REPORTS, scope_of
from haidang_syncclient.editing import FormSession
from haidang_syncclient.replica import Replica
from tests.syncclient.cli_town import (
    MARCH,
    Town,
    message_of,
    value,
)


def two_values(town: Town) -> None:
    town.carry("Lan", "Hoa")
    town.done("Lan", *MARCH, "--set", "visits_read=120")
    town.done("Hoa", *MARCH, "--set", "visits_read=130")
    town.carry("Lan", "Hoa")


def test_the_same_report_of_two_devices_is_one_with_a_visible_conflict(town: Town) -> None:
    two_values(town)
    found = town.run("Hoa", "conflicts")
    assert found.code == 5
    [conflict] = found.data["conflicts"]
    assert conflict["field"] == "visits_read"
    assert {each["value"] for each in conflict["values"]} == {120, 130}
    assert town.done("Hoa", "show", "--form", "F01M")["records"][0]["conflicts"] == 1


def test_a_conflict_is_settled_by_picking(town: Town) -> None:
    two_values(town)
    values = [each["value"] for each in town.run("Hoa", "conflicts").data["conflicts"][0]["values"]]
    town.done("Hoa", "resolve", "F01M", "visits_read", "--pick", 2)
    assert value(town, "Hoa", "visits_read") == [values[1]]
    assert town.run("Hoa", "conflicts").code == 0


def test_a_conflict_is_settled_by_a_third_value(town: Town) -> None:
    two_values(town)
    town.done("Hoa", "resolve", "F01M", "visits_read", "--value", "125")
    assert value(town, "Hoa", "visits_read") == [125]


@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        ((), 5, "decide-one"),
        (("--pick", 3), 2, "pick-out-of-range"),
        (("--value", "nhiều"), 2, "answer-unreadable"),
    ],
)
def test_a_conflict_is_not_settled_by_guessing(
    town: Town, options: tuple[object, ...], code: int, error: str
) -> None:
    two_values(town)
    refused = town.run("Hoa", "resolve", "F01M", "visits_read", *options)
    assert (refused.code, refused.error) == (code, error)


def test_a_field_that_is_misspelled_is_answered_with_the_one_that_has_two_values(town: Town) -> None:
    two_values(town)
    refused = town.run("Hoa", "resolve", "F01M", "visit_read", "--pick", 1)
    assert (refused.code, refused.error) == (1, "no-conflict")
    assert "“visits_read”" in message_of(refused)


def test_a_field_whose_form_is_not_here_is_settled_by_picking_alone(town: Town) -> None:
    two_values(town)
    for name, text in (("Lan", "một"), ("Hoa", "hai")):
        found = town.done(name, "show", "F01M")
        with Replica.open(town.home(name) / "replica.db", clock=lambda: 1_550_000_000, randomness=os.urandom) as replica:  # fmt: skip
            scope = scope_of(REPORTS, bytes.fromhex(found["unit"]))
            FormSession(replica, scope, bytes.fromhex(found["record"])).put("of_next_year", text).save()
    town.carry("Lan", "Hoa")
    refused = town.run("Hoa", "resolve", "F01M", "of_next_year", "--value", "ba")
    assert (refused.code, refused.error) == (1, "field-needs-form")
    assert "--pick" in message_of(refused)
    town.done("Hoa", "resolve", "F01M", "of_next_year", "--pick", 1)


def test_what_agrees_cannot_be_settled(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=120")
    refused = town.run("Lan", "resolve", "F01M", "visits_read", "--pick", 1)
    assert (refused.code, refused.error) == (1, "no-conflict")


def test_what_is_calculated_of_a_field_with_two_values_is_left_open_everywhere(town: Town) -> None:
    town.carry("Lan", "Hoa")
    town.done("Lan", *MARCH, "--set", "visits_read=120", "--set", "visits_net=45")
    assert town.done("Lan", "show", "F01M")["calculated"]["visits_total"] == 165
    town.done("Hoa", *MARCH, "--set", "visits_read=95")
    town.carry("Lan", "Hoa")
    town.carry("Hoa", "Lan")
    for name in ("Lan", "Hoa"):
        assert "visits_total" not in town.done(name, "show", "F01M")["calculated"]
    town.done("Hoa", "resolve", "F01M", "visits_read", "--value", "95")
    assert town.done("Hoa", "show", "F01M")["calculated"]["visits_total"] == 140
