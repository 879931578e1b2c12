import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from haidang_protocol import canonical
from haidang_protocol.definitions.form_json import FormTextError, read_form, write_form
from haidang_protocol.definitions.forms import (
    Form,
    derived_from,
    form_id,
    merge_of,
    restricted_names,
    row_key,
)
from haidang_protocol.errors import ProtocolError
from haidang_protocol.limits import NESTING_MAX
from tests.protocol.definitions.form_strategies import forms
from tests.protocol.definitions.test_definition_vectors import sample_form

SITE, PERIOD = b"s" * 16, b"p" * 16


def depth(value: Any) -> int:
    return 1 + max((depth(part) for part in value), default=0) if isinstance(value, list) else 0


@given(forms)
def test_a_form_written_as_json_reads_as_itself(form: Form) -> None:
    assert read_form(write_form(form)) == form


@given(forms)
def test_a_form_survives_its_array_and_keeps_its_id(form: Form) -> None:
    again = Form.from_value(canonical.decode(canonical.encode(form.to_value())))
    assert again == form
    assert form_id(again) == form_id(form)


@given(forms)
def test_a_form_fits_into_a_change_set_below_the_nesting_limit(form: Form) -> None:
    assert depth([form.to_value()]) <= NESTING_MAX


@given(forms, forms)
def test_two_forms_share_an_id_only_if_they_are_equal(one: Form, other: Form) -> None:
    assert (form_id(one) == form_id(other)) == (one == other)


@pytest.mark.parametrize("value", [None, [], [2, "F01"], "F01", [1, "F01", 1, ["a", "b"]], [1.5]])
def test_what_is_no_array_of_a_form_is_refused(value: Any) -> None:
    with pytest.raises(ProtocolError):
        Form.from_value(value)


def authored(**changes: Any) -> str:
    field = {"name": "a", "type": "int", "class": "reg", "label": ["A", "A"]} | changes
    return json.dumps(
        {
            "family": "F",
            "version": 1,
            "title": ["T", "T"],
            "directives": ["D"],
            "subject": {"kind": "unit", "levels": ["commune"]},
            "timing": {"occasion": "profile"},
            "fields": [field],
        }
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "audio"}, "no type"),
        ({"type": "dec(x)"}, "no type"),
        ({"rollup": "median"}, "no roll-up"),
        ({"list": "nowhere"}, "no list"),
        ({"relevant": "${b} >> 1"}, "field a"),
        ({"class": "lww"}, "Invalid enum value"),
        ({"label": ["A"]}, "length 2"),
        ({"unheard_of": 1}, "unknown field"),
    ],
)
def test_a_form_without_meaning_is_refused_with_a_reason(change: dict[str, Any], why: str) -> None:
    with pytest.raises(FormTextError, match=why):
        read_form(authored(**change))


@pytest.mark.parametrize("text", ["", "[]", "{}", b"\xff"])
def test_what_is_no_json_of_a_form_is_refused(text: str | bytes) -> None:
    with pytest.raises(FormTextError):
        read_form(text)


def test_authored_text_becomes_nfc_even_if_it_is_escaped() -> None:
    form = read_form(authored(label=["Tie\u0302\u0301ng", "A"]))
    assert form.fields[0].label.vi == "Tiếng"


def test_all_that_is_a_set_is_added_to_and_all_that_is_stated_is_put() -> None:
    assert merge_of("selN", "reg") == merge_of("photo", "attach") == merge_of("rows", "log") == "add"
    assert merge_of("int", "ptotal") == merge_of("int", "base") == "put"
    assert merge_of("int", "tally") == "count"
    assert merge_of("calc", "calc") == "none"


def test_the_id_of_a_record_hangs_on_what_the_form_is_about_and_on_nothing_else() -> None:
    form = sample_form()
    assert derived_from(form, site=SITE, directive="TB171-2.1a", period=PERIOD) == ("X01", SITE, None, PERIOD)
    assert derived_from(form, site=SITE, directive=None, period=PERIOD) == ("X01", SITE, None, PERIOD)
    with pytest.raises(ValueError, match="reported for a period"):
        derived_from(form, site=SITE, directive=None, period=None)
    with pytest.raises(ValueError, match="reported for a site"):
        derived_from(form, site=None, directive=None, period=PERIOD)


def test_a_form_for_events_has_records_with_random_ids() -> None:
    form = read_form(authored())
    events = msgspec.structs.replace(form, timing=msgspec.structs.replace(form.timing, occasion="event"))
    assert derived_from(form, site=None, directive=None, period=None) == ("F", None, None, None)
    assert derived_from(events, site=SITE, directive="D", period=PERIOD) is None


def test_a_field_is_found_by_its_name() -> None:
    form = sample_form()
    assert [form.field(field.name) for field in form.fields] == [*form.fields]
    assert form.field("no such field") is None


def test_only_marked_fields_of_an_open_form_are_restricted() -> None:
    assert restricted_names(sample_form()) == {"revenue"}


def test_rows_meet_under_their_natural_key_however_the_tone_is_placed() -> None:
    rows = read_form(
        authored(
            type="rows",
            **{"class": "rows", "key": ["hamlet", "operator"]},
            cells=[
                {"name": "hamlet", "type": "text(60)", "class": "reg", "label": ["Ấp", "Hamlet"], "required": True},
                {"name": "operator", "type": "sel1", "class": "reg", "label": ["Nhà mạng", "Operator"], "required": True,
                 "choices": [["VTL", "Viettel", "Viettel"]]},
            ],
        )
    ).fields[0]  # fmt: skip
    key = row_key(rows, {"hamlet": "Ấp Hoà  Lợi", "operator": "VTL"})
    assert key == row_key(rows, {"hamlet": "ấp Hòa Lợi", "operator": "VTL"}) == ("ấp hòa lợi", "VTL")
    assert row_key(rows, {"hamlet": "", "operator": "VTL"}) is None
    assert row_key(rows, {"hamlet": "Ấp " + "ộ" * 40, "operator": "VTL"}) is None
