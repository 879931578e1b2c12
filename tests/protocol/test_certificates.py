"""SPEC A1, A2: certificates and geneses as values."""

from typing import Any

import pytest

from haidang_protocol.certificates import (
    Certificate,
    Genesis,
    Rights,
    certificate_from_value,
    genesis_from_value,
)
from haidang_protocol.errors import MalformedError

CERTIFICATE = Certificate(
    public_key=b"k" * 32,
    person="Nguyễn Thị Ân",
    label="commune-head",
    rights=Rights(frozenset({1, 8}), frozenset({"confirm"}), frozenset({0})),
    grants=None,
    unit=b"u" * 16,
    forms=("F01M", "F05M"),
    read_until=1_700_000_000,
    parent=b"p" * 16,
    encryption_key=b"e" * 32,
)
GENESIS = Genesis("Kiên Giang", b"u" * 16, (b"a" * 32, b"b" * 32, b"c" * 32))


def test_a_certificate_and_its_value_are_the_same_thing() -> None:
    assert certificate_from_value(CERTIFICATE.to_value()) == CERTIFICATE
    office = Certificate(
        public_key=b"k" * 32,
        person="",
        label="",
        rights=Rights(),
        grants=Rights(),
        unit=b"u" * 16,
        parent=None,
    )
    assert certificate_from_value(office.to_value()) == office
    assert office.id != CERTIFICATE.id


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, 2), (0, True), (1, b"k" * 31), (2, None), (3, 7), (4, [[], []]), (4, [[2, 1], [], []]),
        (4, [["1"], [], []]), (4, 5), (5, [[], [1], []]), (6, b"u"), (7, ["b", "a"]), (7, "F01M"), (8, "mai"),
        (9, b"p"), (10, 1), (11, b"e"), (12, 3), (12, True),
    ],
)  # fmt: skip
def test_a_certificate_with_one_wrong_part_is_none(place: int, wrong: Any) -> None:
    value = CERTIFICATE.to_value()
    value[place] = wrong
    with pytest.raises(MalformedError):
        certificate_from_value(value)


@pytest.mark.parametrize("value", [None, [], CERTIFICATE.to_value()[:-1]])
def test_what_has_not_the_parts_of_a_certificate_is_none(value: Any) -> None:
    with pytest.raises(MalformedError):
        certificate_from_value(value)


def test_rights_shrink_and_never_grow() -> None:
    small, large = Rights(frozenset({1})), Rights(frozenset({1, 2}), frozenset({"confirm"}), frozenset({0}))
    root = Rights(everything=True)
    assert small.within(large)
    assert not large.within(small)
    assert large.within(root)
    assert root.within(root)
    assert not root.within(large)
    assert large.allow(0, (1, 2), ("confirm",))
    assert not large.allow(1, (1,), ())
    assert root.allow(2, (53,), ())


def test_a_genesis_and_its_value_are_the_same_thing() -> None:
    assert genesis_from_value(GENESIS.to_value()) == GENESIS
    assert len({GENESIS.root_certificate_id(slot) for slot in range(3)}) == 3


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1, "x", b"u" * 16],
        [2, *GENESIS.to_value()[1:]],
        [True, *GENESIS.to_value()[1:]],
        [1, "x", b"u", list(GENESIS.roots)],
        [1, "x", b"u" * 16, [b"a" * 32, b"b" * 32]],
        [1, "x", b"u" * 16, [b"a" * 32, b"b" * 32, b"c"]],
        [1, "x", b"u" * 16, [b"a" * 32, b"a" * 32, b"c" * 32]],
    ],
)
def test_a_genesis_needs_a_name_a_unit_and_three_different_keys(value: Any) -> None:
    with pytest.raises(MalformedError):
        genesis_from_value(value)
