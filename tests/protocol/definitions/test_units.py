import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.tables import TableError, read_id, read_table
from haidang_protocol.definitions.units import (
    Succession,
    Unit,
    UnitVersion,
    children_at,
    path_at,
    read_successions,
    read_units,
    successors,
    unit_problems,
    units_at,
)

TOP, LEFT, RIGHT, NEW = (bytes([number]) * 16 for number in range(4))
HEADER = "unit,level,type,name,name_en,parent,scheme,code,valid_from,valid_to,legal_basis,tags\n"


def version(
    name: str = "Xã", parent: bytes | None = TOP, since: str | None = None, until: str | None = None
) -> UnitVersion:
    return UnitVersion(
        name=name, name_en=name, level="commune", type="xa", parent=parent, scheme="S", code=name,
        valid_from=since, valid_to=until, legal_basis="",
    )  # fmt: skip


def unit(id: bytes, *versions: UnitVersion) -> Unit:  # noqa: A002  the name of the field
    return Unit(id=id, versions=versions)


def step(
    origin: bytes, successor: bytes, share: tuple[int, int] | None = None, effective: str = "2025-07-01"
) -> Succession:
    return Succession(
        origin=origin, successor=successor, kind="merge", share=share, effective=effective, legal_basis=""
    )


TREE = (
    unit(TOP, version("Tỉnh", None)),
    unit(
        LEFT, version("Xã A", TOP, None, "2018-10-31"), version("Phường A", TOP, "2018-11-01", "2025-06-30")
    ),
    unit(RIGHT, version("Xã B", LEFT, None, "2025-06-30")),
    unit(NEW, version("Xã C", TOP, "2025-07-01")),
)
texts = st.text("aăđê ơ0", max_size=8)
ids = st.binary(min_size=16, max_size=16)
dates = st.none() | st.dates().map(str)
versions = st.builds(
    UnitVersion, name=texts, name_en=texts, level=texts, type=texts, parent=st.none() | ids, scheme=texts, code=texts,
    valid_from=dates, valid_to=dates, legal_basis=texts,
)  # fmt: skip


@given(
    st.builds(
        Unit, id=ids, versions=st.lists(versions, max_size=3).map(tuple), tags=st.lists(texts).map(tuple)
    )
)
def test_a_unit_survives_its_entry_which_begins_with_its_parent(one: Unit) -> None:
    value = one.to_value("2019-02-18")
    assert Unit.from_value(value) == one
    then = one.at("2019-02-18")
    assert value[0] == (then.parent if then else None)


@given(st.builds(Succession, origin=ids, successor=ids, kind=st.sampled_from(["merge", "split"]),
                 share=st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)),
                 effective=st.dates().map(str), legal_basis=texts))  # fmt: skip
def test_a_succession_survives_its_array(one: Succession) -> None:
    assert Succession.from_value(one.to_value()) == one


def test_the_tree_of_a_date_has_as_many_levels_as_its_parents_make() -> None:
    before, after = units_at(TREE, "2019-02-18"), units_at(TREE, "2025-07-01")
    assert path_at(before, RIGHT) == (RIGHT, LEFT, TOP)
    assert before[LEFT].name == "Phường A"
    assert children_at(before, TOP) == (LEFT,)
    assert children_at(after, TOP) == (NEW,)
    assert path_at(after, RIGHT) == ()


def test_figures_go_to_where_the_law_sends_them_and_parts_are_multiplied() -> None:
    steps = [
        step(LEFT, RIGHT, (1, 2), "2020-01-01"),
        step(LEFT, NEW, (1, 2), "2020-01-01"),
        step(RIGHT, NEW, (1, 3)),
    ]
    assert successors(steps, LEFT, "2019-12-31") == {LEFT: None}
    assert successors(steps, LEFT, "2021-01-01") == {RIGHT: (1, 2), NEW: (1, 2)}
    assert successors([steps[0], steps[2]], LEFT, "2026-01-01") == {NEW: (1, 6)}


def test_a_sound_history_has_no_problem() -> None:
    assert unit_problems(TREE, [step(RIGHT, NEW)]) == []


@pytest.mark.parametrize(
    ("units", "why"),
    [
        ((unit(TOP, version("T", None, None, "2019-01-01"), version("T", None, "2019-01-01")),), "overlap"),
        ((unit(LEFT, version("A", NEW)),), "unknown parent"),
        ((unit(LEFT, version("A", RIGHT)), unit(RIGHT, version("B", LEFT))), "no way up"),
        ((unit(TOP, version("T", None)), unit(LEFT, version("X")), unit(RIGHT, version("X"))), "one code"),
    ],
)
def test_a_history_that_contradicts_itself_is_told(units: tuple[Unit, ...], why: str) -> None:
    assert any(why in problem for problem in unit_problems(units))


def test_a_succession_of_an_unknown_unit_is_told() -> None:
    assert unit_problems(TREE, [step(RIGHT, b"?" * 16)]) == [
        f"succession of unknown unit {(b'?' * 16).hex()}"
    ]


def test_units_are_read_from_a_table_whatever_the_order_of_its_rows() -> None:
    rows = [
        f"{LEFT.hex()},commune,phuong,Phường A,A Ward,{TOP.hex()},S,30778,2018-11-01,,NQ,HD",
        f"{LEFT.hex()},commune,xa,Xã A,A Commune,{TOP.hex()},S,30778,,2018-10-31,,HD",
    ]
    (read,) = read_units(HEADER + "\n".join(rows))
    assert [then.name for then in read.versions] == ["Xã A", "Phường A"]
    assert read.tags == ("HD",)
    assert read.versions[0].words.in_language("en") == "A Commune"


@pytest.mark.parametrize(
    "row",
    [
        "no-id,commune,xa,Xã,C,,S,1,,,,",
        f"{LEFT.hex()},commune,xa,Xã,C,,S,1,2019-02-30,,,",
        f"{LEFT.hex()[2:]},commune,xa,Xã,C,,S,1,,,,",
        f"{LEFT.hex()},commune,xa",
        f'{LEFT.hex()},"never closed',
        f"{LEFT.hex()},c,xa,X,C,,S,1,,2018-01-01,,HD\n{LEFT.hex()},c,xa,X,C,,S,1,2019-01-01,,,",
    ],
)
def test_a_table_that_makes_no_sense_is_refused(row: str) -> None:
    with pytest.raises(TableError):
        read_units(HEADER + row)


def test_a_succession_with_a_share_is_read_and_a_wrong_one_refused() -> None:
    header = "from,to,kind,share,effective,legal_basis,note\n"
    (read,) = read_successions(f"{header}{LEFT.hex()},{NEW.hex()},split,1/3,2025-07-01,NQ,")
    assert read == msgspec.structs.replace(step(LEFT, NEW, (1, 3)), kind="split", legal_basis="NQ")
    with pytest.raises(TableError, match="succession"):
        read_successions(f"{header}{LEFT.hex()},{NEW.hex()},conquest,,2025-07-01,NQ,")


def test_a_table_needs_its_columns_and_may_begin_with_a_byte_order_mark() -> None:
    assert read_table("\ufeffa,b\n1, Ho\u0300a \n", ("b", "a")) == [{"a": "1", "b": "Hòa"}]
    with pytest.raises(TableError, match="columns"):
        read_table("a,c\n", ("a", "b"))
    with pytest.raises(TableError, match="columns"):
        read_table("", ("a", "b"))
    with pytest.raises(TableError, match="not an id"):
        read_id("xyz")
