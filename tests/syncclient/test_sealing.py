from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.body import Reference
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, next_tag, scope_of
from haidang_protocol.limits import SET_BYTES_MAX, SET_OPERATIONS_MAX, SET_REFERENCES_MAX
from haidang_syncclient.drafts import Draft, Target
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import InvalidSaveError
from haidang_syncclient.views import waiting
from tests.syncclient.village import COMMUNE, HEAD, REPORTER, REPORTS_HERE, Village

RECORD = b"\x07" * 16


def puts(count: int, size: int = 4) -> list[Draft]:
    return [Draft(op.PUT, RECORD, f"muc_{at}", "x" * size) for at in range(count)]


def size_of(opened: OpenedSet) -> int:
    parts = opened.parts
    return len(parts.header) + len(parts.signature) + len(parts.structure) + len(parts.values)


def fits(opened: OpenedSet) -> bool:
    references = sum(len(each.supersedes) + len(each.covers) for each in opened.body.operations)
    return (
        len(opened.body.operations) <= SET_OPERATIONS_MAX
        and references <= SET_REFERENCES_MAX
        and size_of(opened) <= SET_BYTES_MAX
    )


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 700), st.sampled_from([1, 40, 4_000])), min_size=1, max_size=4))
def test_whatever_is_saved_is_sealed_in_sets_that_fit(forms: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as folder:
        village = Village(Path(folder))
        phone = village.replica("phone")
        for count, size in forms:
            phone.save(REPORTS_HERE, puts(count, size))
        sets = phone.seal()
        assert all(map(fits, sets))
        assert sum(len(opened.body.operations) for opened in sets) == sum(count for count, _ in forms)
        assert [held.facts.id for held in phone.store.in_scope(REPORTS_HERE)] == [
            opened.id for opened in sets
        ]
        village.close()


def test_many_small_saves_make_one_set_with_consecutive_tags(village: Village) -> None:
    phone = village.replica("phone")
    saved = [FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", number).save() for number in range(50)]
    (opened,) = phone.seal()
    assert len(opened.body.forms) == 50
    tags = [next_tag(opened.header.tag, at) for at in range(50)]
    assert [tag for each in saved for tag in each.tags] == tags


def test_a_set_holds_saves_of_one_opening_only(village: Village) -> None:
    phone = village.replica("phone")
    phone.save(REPORTS_HERE, puts(1))
    phone = village.reopened(phone)
    phone.save(REPORTS_HERE, puts(2))
    assert [len(opened.body.forms) for opened in phone.seal()] == [1, 1]


def test_what_needs_different_rights_goes_into_different_sets(village: Village) -> None:
    phone = village.replica("phone", REPORTER, HEAD)
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).attest("confirm", "confirmed").put("b", 2).save()
    sets = phone.seal()
    assert [opened.kinds for opened in sets] == [{op.PUT}, {op.ATTEST}]
    assert not waiting(phone)
    (attest,) = reading.attests(phone.state(REPORTS_HERE, RECORD))
    assert not attest.stale


def test_what_nobody_allows_does_not_spoil_what_somebody_does(village: Village) -> None:
    phone = village.replica("phone", REPORTER)
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).attest("confirm", "confirmed").save()
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 2).save()
    phone.seal()
    assert [each.verdict.reason for each in waiting(phone)] == ["unauthorised"]
    assert reading.register(phone.state(REPORTS_HERE, RECORD), "so_ho").values == (2,)


def test_two_scopes_are_never_sealed_into_one_set(village: Village) -> None:
    phone = village.replica("phone")
    other = scope_of(0, b"\x55" * 16)
    phone.save(REPORTS_HERE, puts(1))
    phone.save(other, puts(1))
    assert {opened.header.scope for opened in phone.seal()} == {REPORTS_HERE, other}


def test_references_are_as_short_as_they_may_be(village: Village) -> None:
    phone, other = village.replica("phone"), village.replica("other")
    form = FormSession(phone, REPORTS_HERE, RECORD)
    form.put("so_ho", 1).save()
    (first,) = phone.seal()
    form.put("so_ho", 2).save()
    form.put("so_ho", 3).save()
    (second,) = phone.seal()
    sources = [operation.supersedes for operation in second.body.operations]
    assert sources == [(Reference(1, 0),), (Reference(1, 0), Reference(0, 0))]
    with other.writing():
        other.hold([first, second])
    FormSession(other, REPORTS_HERE, RECORD).put("so_ho", 4).save()
    (third,) = other.seal()
    assert third.body.operations[0].supersedes == (Reference(second.id16, 0),)


def test_what_is_about_more_than_fits_into_a_set_is_refused_before_it_is_saved(village: Village) -> None:
    phone = village.replica("phone")
    far = tuple(Target(at.to_bytes(16), 0, 0, b"") for at in range(SET_REFERENCES_MAX + 1))
    with pytest.raises(InvalidSaveError):
        phone.save(REPORTS_HERE, [Draft(op.ATTEST, RECORD, "confirm", ["confirmed", ""], (), far)])
    assert not phone.device.pending_scopes()
    phone.save(REPORTS_HERE, [Draft(op.ATTEST, RECORD, "confirm", ["confirmed", ""], (), far[:-1])])
    assert all(map(fits, phone.seal()))


def test_reports_are_not_saved_in_authority_scopes(village: Village) -> None:
    phone = village.replica("phone")
    with pytest.raises(InvalidSaveError):
        phone.save(scope_of(AUTHORITY, COMMUNE), puts(1))


def test_a_sealed_position_is_never_used_again(village: Village) -> None:
    phone = village.replica("phone")
    for turn in range(6):
        phone.save(REPORTS_HERE, puts(1))
        if turn % 2:
            phone.seal()
        phone = village.reopened(phone, turn)
    phone.seal()
    positions = [held.facts.position for held in phone.store.in_scope(REPORTS_HERE)]
    assert positions == [*range(6)]


def test_a_personal_field_is_salted(village: Village) -> None:
    phone = village.replica("phone")
    FormSession(phone, REPORTS_HERE, RECORD, personal=True).put("dien_thoai", "0912345678").save()
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).save()
    (opened,) = phone.seal()
    assert list(opened.body.salts) == [0]


def test_sets_that_are_laid_out_are_those_that_are_sealed(village: Village) -> None:
    """What is read before sealing is what is read after: the ids of the sets are the same already."""
    phone = village.replica("phone")
    phone.save(REPORTS_HERE, puts(3))
    planned = [opened.id for opened in phone._plan(REPORTS_HERE)]
    assert [opened.id for opened in phone.seal()] == planned
