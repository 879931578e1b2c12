"""Bad input at the client: named, told with what is safe and what to do, and nothing is lost by it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_protocol import operations as op
from haidang_protocol.body import Operation, Save
from haidang_protocol.bundle import Manifest, write_bundle
from haidang_protocol.certificates import Rights
from haidang_protocol.envelope import Header, OpenedSet, SetBytes
from haidang_protocol.ids import REPORTS
from haidang_syncclient.bundles import export_bundle, import_bundle
from haidang_syncclient.drafts import lay_out
from haidang_syncclient.editing import FormSession
from haidang_syncclient.replica import Replica, signed
from haidang_syncclient.verifying import verify_replica
from haidang_syncclient.views import counts, history
from haidang_syncclient.words.labels import LABELS
from tests.server.test_bad_input import BAD, UNKNOWN_KIND
from tests.syncclient.cli_town import haidang
from tests.syncclient.hub import Hub, sync
from tests.syncclient.village import (
    GENESIS,
    REPORTS_HERE,
    ROOTS,
    START,
    TOP,
    Office,
    Village,
    certificate,
    give,
    key,
)

RECORD = b"\x07" * 16


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


def home_of(replica: Replica, folder: Path) -> Path:
    """A home of the command with a copy of a replica."""
    replica.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    folder.mkdir()
    shutil.copy(replica.path, folder / "replica.db")
    return folder


def written(village: Village, saves: int = 3) -> tuple[Replica, list[OpenedSet]]:
    """A phone and its sets of one operation each."""
    phone = village.replica("author")
    sets = []
    for number in range(saves):
        FormSession(phone, REPORTS_HERE, RECORD).put(f"muc_{number}", number).save()
        sets += phone.seal()
    return phone, sets


def bundle(file: Path, *sets: tuple[bytes, SetBytes]) -> Path:
    file.write_bytes(b"".join(write_bundle(Manifest(bytes(16), (), len(sets)), sets)))
    return file


def test_every_bad_set_in_a_bundle_is_named_and_everything_beside_it_is_taken(
    village: Village, tmp_path: Path
) -> None:
    _, sets = written(village, 2 * len(BAD) + 1)
    good, spoilt = sets[::2], dict(zip(BAD, sets[1::2], strict=True))
    home = home_of(village.replica("reader"), tmp_path / "home")
    carried = [(each.id, each.parts) for each in good]
    carried += [(each.id, BAD[kind][1](each)) for kind, each in spoilt.items()]
    outcome = haidang("bundle", "import", bundle(tmp_path / "spoilt.bundle", *carried), home=home)
    assert (outcome.code, outcome.data["fresh"]) == (4, len(good))
    assert len({each["set"] for each in outcome.data["damage"] if each["set"]}) == len(BAD)
    whole = bundle(tmp_path / "whole.bundle", *((each.id, each.parts) for each in spoilt.values()))
    assert haidang("bundle", "import", whole, home=home).data["fresh"] == len(BAD)
    assert haidang("verify", home=home).data["sound"]
    assert haidang("status", home=home).data["counts"]["waiting"] == 0


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_a_server_does_not_take_is_told_in_words_with_its_code(language: str) -> None:
    codes = {code for code, _ in BAD.values()} | {"resend", "unknown-key", "quota", "bad-key"}
    said = {code: LABELS[f"held-{code}"].in_language(language) for code in codes}
    assert all(said.values())
    assert len(set(said.values())) == len(codes)


@pytest.mark.parametrize("column", ["header", "signature", "structure", "content"])
def test_a_set_that_is_damaged_at_the_hub_is_passed_over_whichever_part_it_is(
    village: Village, hub: Hub, column: str
) -> None:
    writer, sets = written(village, 8)
    assert sync(writer, hub.url).error is None
    readers = [village.replica(f"reader {turn}") for turn in range(2)]
    for turn, reader in enumerate(readers):
        hub.flip(sets[3].id, column, 37 + 61 * turn)
        for _ in range(2):
            assert sync(reader, hub.url).error is None
        held = {each.facts.id for each in reader.store.in_scope(REPORTS_HERE)}
        assert {each.id for each in sets} - held == {sets[3].id}
        noted = counts(reader)
        assert noted.passed_over + noted.aside == 1, "a flipped bit also makes another author of one"
        hub.flip(sets[3].id, column, 37 + 61 * turn)
    assert verify_replica(readers[0], processes=0).sound


def future(village: Village) -> tuple[Replica, OpenedSet]:
    """A replica that holds what a newer version says: an operation and a field that are not known here."""
    author = key("newer")
    rights = Rights(frozenset({op.PUT, UNKNOWN_KIND}), frozenset(), frozenset({REPORTS}))
    root = Office(ROOTS[1], GENESIS.root_certificate_id(1))
    newer = certificate(author, root.acting, rights, TOP)
    village.sets.append(root.certify(TOP, newer))
    reader = village.replica("reader")
    operations = (
        Operation(UNKNOWN_KIND, RECORD, "", b"\x01\x02"),
        Operation(op.PUT, RECORD, "truong_moi", 7),
    )
    header = Header(author.key, REPORTS_HERE, 0, 0, (), START, bytes(8))
    made = signed(lay_out(header, [Save(b"", START, operations)]), author)
    give(reader, [made])
    return reader, made


def test_an_unknown_operation_and_an_unknown_field_are_kept_relayed_and_said_to_need_an_update(
    village: Village, hub: Hub, tmp_path: Path
) -> None:
    reader, made = future(village)
    assert reader.ledger.verdict(made.id) is not None
    assert {entry.kind for entry in history(reader, REPORTS_HERE, RECORD)} == {UNKNOWN_KIND, op.PUT}
    assert sync(reader, hub.url).error is None
    export_bundle(reader, tmp_path / "on.bundle")
    other = village.replica("other")
    import_bundle(other, tmp_path / "on.bundle")
    third = village.replica("third")
    assert sync(third, hub.url).error is None
    for replica in (other, third):
        assert replica.store.parts([made.id]) == {made.id: made.parts}
    home = home_of(third, tmp_path / "home")
    for line in (
        ("show", RECORD.hex(), "--history"),
        ("show", RECORD.hex(), "--proof"),
        ("verify",),
        ("status",),
    ):
        assert haidang(*line, home=home).code == 0
    told = haidang("show", RECORD.hex(), "--history", "--lang", "vi", home=home, as_json=False)
    assert "cần cập nhật chương trình" in told.out
