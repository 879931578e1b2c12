import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from haidang_protocol import reading
from haidang_protocol.bundle import Damage, Manifest, write_bundle
from haidang_protocol.statements import Receipt, ReceiptEntry, sign
from haidang_syncclient.bundles import export_bundle, import_bundle, read_file
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import BadBundleError, ReadOnlyError
from haidang_syncclient.hub_tables import Placed
from haidang_syncclient.replica import Replica
from haidang_syncclient.views import counts
from tests.syncclient.village import DEPLOYMENT, REPORTS_HERE, START, Village, digest

RECORD = b"\x07" * 16


def write(replica: Replica, field: str, value: object) -> None:
    FormSession(replica, REPORTS_HERE, RECORD).put(field, value).save()
    replica.seal()


def values(replica: Replica, field: str) -> list[object]:
    return sorted(reading.register(replica.state(REPORTS_HERE, RECORD), field).values, key=str)


def receipt_for(replica: Replica) -> None:
    """Let a replica have received everything at the hub, with the hub's receipt for it."""
    ids = [held.facts.id for held in replica.store.in_scope(REPORTS_HERE)]
    entries = tuple(ReceiptEntry(set_id, 1, at, 0) for at, set_id in enumerate(ids))
    receipt = Receipt(DEPLOYMENT.hub, 1, digest(*ids), START + 9, len(ids), digest("root"), entries)
    signed = sign(receipt, Ed25519PrivateKey.from_private_bytes(digest("key", "hub")))
    with replica.writing():
        replica.hub.place({set_id: Placed(1, at, START + 9) for at, set_id in enumerate(ids)})
        replica.hub.keep_receipt(receipt, signed, ids)


def test_a_phone_without_any_network_travels_by_bundle_there_and_back(
    village: Village, tmp_path: Path
) -> None:
    island, laptop = village.replica("island"), village.replica("laptop")
    write(island, "so_ho", 120)
    FormSession(island, REPORTS_HERE, RECORD).put("ghi_chu", "chưa niêm phong").save()
    there, back = tmp_path / "there.hdb", tmp_path / "back.hdb"
    exported = export_bundle(island, there)
    assert exported.size == there.stat().st_size
    assert (counts(island).carried, counts(island).saved) == (2, 0)
    imported = import_bundle(laptop, there)
    assert (imported.exporter, imported.damages) == (island.key, [])
    assert values(laptop, "so_ho") == [120]
    receipt_for(laptop)
    write(laptop, "so_ho", 125)
    export_bundle(laptop, back)
    assert import_bundle(island, back).receipts == 1
    assert values(island, "so_ho") == [125]
    assert (counts(island).received, counts(island).carried) == (2, 0)


def test_a_receipt_out_of_a_bundle_does_not_decide_what_is_offered_to_the_hub(
    village: Village, tmp_path: Path
) -> None:
    island, laptop = village.replica("island"), village.replica("laptop")
    write(island, "so_ho", 1)
    export_bundle(island, tmp_path / "a")
    import_bundle(laptop, tmp_path / "a")
    receipt_for(laptop)
    export_bundle(laptop, tmp_path / "b")
    import_bundle(island, tmp_path / "b")
    assert counts(island).received == 1
    own = {held.facts.id for held in island.store.in_scope(REPORTS_HERE)}
    assert own <= {set_id for set_id, _ in island.hub.unsent(100)}


def test_a_bundle_leaves_out_what_its_reader_holds(village: Village, tmp_path: Path) -> None:
    here, there = village.replica("a"), village.replica("b")
    for number in range(5):
        write(here, "so_ho", number)
    export_bundle(here, tmp_path / "first")
    import_bundle(there, tmp_path / "first")
    export_bundle(there, tmp_path / "answer")
    (manifest,) = [found for found in read_file(tmp_path / "answer") if isinstance(found, Manifest)]
    write(here, "so_ho", 9)
    again = export_bundle(here, tmp_path / "second", known=manifest)
    assert again.sets < 5
    imported = import_bundle(there, tmp_path / "second")
    assert imported.fresh == 1
    assert values(there, "so_ho") == [9]


def test_a_bundle_twice_is_harmless(village: Village, tmp_path: Path) -> None:
    here, there = village.replica("a"), village.replica("b")
    FormSession(here, REPORTS_HERE, RECORD).count("luot", 3).save()
    export_bundle(here, tmp_path / "x")
    first, second = (import_bundle(there, tmp_path / "x") for _ in range(2))
    assert first.fresh > 0
    assert (second.fresh, second.known) == (0, first.fresh + first.known)
    assert reading.tally(there.state(REPORTS_HERE, RECORD), "luot") == 3


def test_a_damaged_bundle_names_what_is_lost_and_everything_else_arrives(
    village: Village, tmp_path: Path
) -> None:
    here = village.replica("a")
    for number in range(12):
        write(here, f"muc_{number}", number)
    file = tmp_path / "x"
    export_bundle(here, file)
    whole = file.read_bytes()
    draw = random.Random(3)
    for turn in range(6):
        there = village.replica(f"reader {turn}")
        damaged = bytearray(whole)
        at = draw.randrange(len(whole) // 2, len(whole))
        damaged[at] ^= 1 << draw.randrange(8)
        file.write_bytes(damaged)
        imported = import_bundle(there, file)
        assert imported.damages, at
        held = {held.facts.id for held in there.store.in_scope(REPORTS_HERE)}
        lost = {held.facts.id for held in here.store.in_scope(REPORTS_HERE)} - held
        assert lost <= {damage.set_id for damage in imported.damages}
        assert len(lost) <= 1


def test_a_bundle_that_breaks_off_gives_what_came_before(village: Village, tmp_path: Path) -> None:
    here, there = village.replica("a"), village.replica("b")
    for number in range(6):
        write(here, f"muc_{number}", number)
    export_bundle(here, tmp_path / "x")
    whole = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(whole[: len(whole) * 3 // 4])
    imported = import_bundle(there, tmp_path / "x")
    assert {damage.code for damage in imported.damages} >= {"cut-short"}
    assert imported.fresh > 0


def test_what_is_no_bundle_is_said(village: Village, tmp_path: Path) -> None:
    phone = village.replica("a")
    (tmp_path / "x").write_bytes(b"PK\x03\x04 holiday photos")
    for file in (tmp_path / "x", tmp_path / "absent", tmp_path):
        with pytest.raises(BadBundleError):
            import_bundle(phone, file)


def test_a_bundle_is_written_whole_or_not_at_all(village: Village, tmp_path: Path) -> None:
    phone = village.replica("a")
    write(phone, "so_ho", 1)
    with pytest.raises(ReadOnlyError):
        export_bundle(phone, tmp_path / "absent" / "x")
    assert counts(phone).carried == 0
    export_bundle(phone, tmp_path / "x")
    assert not [damage for damage in read_file(tmp_path / "x") if isinstance(damage, Damage)]
    assert not list(tmp_path.glob(".x*"))


def test_sets_of_an_author_who_is_not_known_yet_lie_aside_and_are_not_lost(
    village: Village, tmp_path: Path
) -> None:
    reader, writer = village.replica("reader"), village.replica("writer")
    write(writer, "so_ho", 7)
    ids = [held.facts.id for held in writer.store.in_scope(REPORTS_HERE)]
    file = tmp_path / "x"
    export_bundle(writer, file)
    found = [each for each in read_file(file) if isinstance(each, Manifest)]
    assert found[0].sets > len(ids)
    parts = writer.store.parts(ids)
    alone = b"".join(write_bundle(Manifest(writer.key, (), len(ids)), parts.items()))
    file.write_bytes(alone)
    assert import_bundle(reader, file).aside == 1
    assert counts(reader).aside == 1
    assert values(reader, "so_ho") == []
    export_bundle(writer, file)
    import_bundle(reader, file)
    assert counts(reader).aside == 0
    assert values(reader, "so_ho") == [7]
