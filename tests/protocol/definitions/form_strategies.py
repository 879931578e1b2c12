"""Forms that hold together enough to be written, encoded and read again."""

from typing import Any

from hypothesis import strategies as st

from haidang_protocol.definitions.expressions import encode_tree
from haidang_protocol.definitions.forms import (
    Choice,
    Field,
    Form,
    Kind,
    Origin,
    Rollup,
    Section,
    Subject,
    Timing,
    display_of,
    merge_of,
)
from haidang_protocol.definitions.text import nfc
from haidang_protocol.definitions.words import Words
from tests.protocol.definitions.expression_strategies import trees
from tests.protocol.definitions.test_expressions import is_tree

texts = st.text("aăâđêôơưàảãáạ \"\\'{}$–\n0", max_size=12).map(nfc)
words = st.builds(Words, texts, texts)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
expressions = st.none() | trees.filter(is_tree).map(encode_tree)
ORIGINS: dict[Kind, list[Origin]] = {
    "int": ["ptotal", "reg", "mvreg", "base", "tally"],
    "money": ["mvreg"],
    "dec": ["ptotal"],
    "bool": ["reg"],
    "text": ["reg"],
    "date": ["reg", "base"],
    "datetime": ["reg"],
    "sel1": ["mvreg"],
    "selN": ["reg"],
    "geo": ["mvreg"],
    "photo": ["attach"],
    "calc": ["calc"],
    "rows": ["rows", "log"],
}
SIZES = {"dec": 2, "text": 80, "photo": 3, "calc": 1}


@st.composite
def fields(draw: st.DrawFn, *, in_rows: bool = False) -> Field:
    kind: Any = draw(st.sampled_from([kind for kind in ORIGINS if not (in_rows and kind == "rows")]))
    origin = draw(st.sampled_from(ORIGINS[kind]))
    choices = st.lists(st.builds(Choice, names, texts, texts), min_size=1, max_size=3)
    return Field(
        name=draw(names),
        kind=kind,
        size=SIZES.get(kind, 0),
        label=draw(words),
        hint=draw(st.none() | words),
        unit=draw(st.none() | words),
        origin=origin,
        merge=merge_of(kind, origin),
        display=draw(st.sampled_from([display_of(origin), "unresolved"])),
        rollup=draw(st.sampled_from([Rollup(), Rollup("sumST"), Rollup("ratio", ("a", "b"))])),
        choices=tuple(draw(choices)) if kind in {"sel1", "selN"} else (),
        required=draw(expressions),
        relevant=draw(expressions),
        constraint=draw(expressions),
        message=draw(st.none() | words),
        calculation=draw(expressions),
        writes=draw(st.sampled_from(["", "district_officer"])),
        personal=draw(st.booleans()),
        restricted=draw(st.booleans()),
        section=draw(st.sampled_from(["", "s1"])),
        key=("k",) if kind == "rows" else (),
        cells=tuple(draw(st.lists(fields(in_rows=True), min_size=1, max_size=3))) if kind == "rows" else (),
    )


forms = st.builds(
    Form,
    family=names,
    version=st.integers(1, 99),
    title=words,
    directives=st.lists(names, min_size=1, max_size=3).map(tuple),
    subject=st.builds(Subject, st.sampled_from(["unit", "site", "directive"]), names, st.tuples(names)),
    timing=st.builds(Timing, st.sampled_from(["period", "profile", "event"]), texts, texts),
    restricted=st.booleans(),
    sections=st.just((Section("s1", Words("1", "1")),)),
    fields=st.lists(fields(), min_size=1, max_size=4).map(tuple),
)
