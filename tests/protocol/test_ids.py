"""B1, B4, B5, E3, O4, O5: what names are made of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.canonical import encode
from haidang_protocol.errors import LimitError
from haidang_protocol.ids import (
    AUTHORITY,
    CROCKFORD,
    REPORTS,
    RESTRICTED,
    SCOPE_KINDS,
    derived_record_id,
    derived_row_id,
    digest,
    fingerprint,
    form_id,
    key_id,
    next_tag,
    scope_kind,
    scope_of,
    scope_unit,
    spell,
)
from tests.protocol.strategies import ids, names, preimages, row_keys, values


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_digest_never_crosses_domains(one: bytes, other: bytes) -> None:
    assert digest("haidang/a", b"b" + one) != digest("haidang/ab", one)
    assert (digest("haidang/a", one) == digest("haidang/a", other)) == (one == other)


@given(st.binary(min_size=32, max_size=32))
def test_b1_a_key_id_is_not_the_start_of_any_other_hash_of_the_key(raw: bytes) -> None:
    assert len(key_id(raw)) == 16
    assert key_id(raw) == digest("haidang/key/1", b"\x01" + raw)[:16]


@given(values(), values())
def test_b5_forms_have_one_id_exactly_if_they_are_one_value(one: Any, other: Any) -> None:
    assert (form_id(one) == form_id(other)) == (encode(one) == encode(other))


@given(st.sampled_from(SCOPE_KINDS), ids())
def test_a_scope_tells_its_kind_and_unit(kind: int, unit: bytes) -> None:
    scope = scope_of(kind, unit)
    assert (len(scope), scope_kind(scope), scope_unit(scope)) == (17, kind, unit)


@given(preimages(), ids())
def test_o4_the_scope_s_own_unit_may_be_left_out(preimage: Any, unit: bytes) -> None:
    family, subject, directive, period = preimage
    spelt_out = derived_record_id(scope_of(REPORTS, unit), family, subject or unit, directive, period)
    assert derived_record_id(scope_of(REPORTS, unit), *preimage) == spelt_out
    assert derived_record_id(scope_of(AUTHORITY, unit), *preimage) == spelt_out


@given(preimages(), preimages(), ids())
def test_o4_two_preimages_meet_in_no_record(one: Any, other: Any, unit: bytes) -> None:
    scope = scope_of(REPORTS, unit)
    same = one._replace(subject=one.subject or unit) == other._replace(subject=other.subject or unit)
    assert (derived_record_id(scope, *one) == derived_record_id(scope, *other)) == same


@given(preimages(), ids())
def test_o4_the_restricted_twin_is_another_record(preimage: Any, unit: bytes) -> None:
    twin = derived_record_id(scope_of(RESTRICTED, unit), *preimage)
    assert twin != derived_record_id(scope_of(REPORTS, unit), *preimage)


@given(names(), row_keys(), names(), row_keys())
def test_o5_a_row_is_its_field_and_key(field: str, key: Any, other_field: str, other_key: Any) -> None:
    same = (field, key) == (other_field, other_key)
    assert (derived_row_id(field, key) == derived_row_id(other_field, other_key)) == same
    assert derived_row_id(field, key) == derived_row_id(field, list(key))


@given(st.integers(0, 2**64 - 1), st.integers(0, 600))
def test_b4_tags_count_up_and_never_wrap(first: int, saves: int) -> None:
    tag = first.to_bytes(8)
    if first + saves < 2**64:
        assert int.from_bytes(next_tag(tag, saves)) == first + saves
    else:
        with pytest.raises(LimitError):
            next_tag(tag, saves)


@given(st.binary(min_size=10, max_size=10))
def test_e3_eighty_bits_are_sixteen_letters_in_fours(data: bytes) -> None:
    spelt = spell(data)
    assert [len(group) for group in spelt.split("-")] == [4, 4, 4, 4]
    number = 0
    for letter in spelt.replace("-", ""):
        number = number * 32 + CROCKFORD.index(letter)
    assert number.to_bytes(10) == data


@given(ids(), ids())
def test_e3_two_keys_are_told_apart_by_their_fingerprints(one: bytes, other: bytes) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
    assert fingerprint(one) == spell(digest("haidang/fingerprint/1", one)[:10])
