import random
from pathlib import Path

import pytest

from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import DamagedDatabaseError
from haidang_syncclient.replica import Replica
from haidang_syncclient.verifying import Verification, verify_replica
from tests.syncclient.village import HEAD, REPORTER, REPORTS_HERE, Village

RECORD = b"\x07" * 16
PARTS = ("header", "signature", "structure", "leaf_values")


def filled(village: Village, sets: int = 6) -> Replica:
    phone = village.replica("phone", REPORTER, HEAD)
    for number in range(sets):
        form = FormSession(phone, REPORTS_HERE, RECORD)
        form.put("so_ho", number).put("ghi_chu", f"đợt {number}").count("luot", 1).save()
        phone.seal()
    FormSession(phone, REPORTS_HERE, RECORD).attest("confirm", "confirmed").save()
    return phone


def checked(replica: Replica) -> Verification:
    return verify_replica(replica, processes=0)


def report_sets(replica: Replica) -> list[bytes]:
    return [held.facts.id for held in replica.store.in_scope(REPORTS_HERE)]


def test_a_sound_replica_is_found_sound_by_two_processes(village: Village) -> None:
    phone, told = filled(village), list[int]()
    result = verify_replica(phone, lambda done, _total: told.append(done))
    assert result.sound, result.problems
    assert result.sets == told[-1] == len(phone.store.scopes() and report_sets(phone)) + 5
    assert told == sorted(told)


def test_two_processes_find_what_one_finds(village: Village) -> None:
    phone = filled(village)
    broken, lost, unsigned, *_ = report_sets(phone)
    for column, value, set_id in (
        ("structure", b"\x90", broken),
        ("leaf_values", b"\xc1", lost),
        ("signature", bytes(64), unsigned),
    ):
        phone.database.execute(
            f"UPDATE parts SET {column} = ? WHERE place = (SELECT place FROM sets WHERE id = ?)",
            (value, set_id),
        )
    phone.database.execute("UPDATE sets SET verdict = 1 WHERE place % 2")
    found = checked(phone)
    assert {problem.set_id for problem in found.problems} >= {broken, lost, unsigned}
    assert "record" in {problem.code for problem in found.problems}
    assert verify_replica(phone) == found


def test_a_set_whose_bytes_are_gone_is_named(village: Village) -> None:
    phone = filled(village)
    gone = report_sets(phone)[3]
    phone.database.execute("DELETE FROM parts WHERE place = (SELECT place FROM sets WHERE id = ?)", (gone,))
    assert ("set", gone) in [(problem.code, problem.set_id) for problem in checked(phone).problems]


@pytest.mark.parametrize("part", PARTS)
def test_any_flipped_bit_of_a_set_names_that_set(village: Village, part: str) -> None:
    phone = filled(village, 2)
    for set_id, place, data in phone.database.rows(
        f"SELECT id, place, {part} FROM sets JOIN parts USING (place)"
    ):
        for bit in random.Random(place).sample(range(len(data) * 8), 4):
            damaged = bytearray(data)
            damaged[bit // 8] ^= 1 << bit % 8
            phone.database.execute(f"UPDATE parts SET {part} = ? WHERE place = ?", (bytes(damaged), place))
            found = {problem.set_id for problem in checked(phone).problems}
            assert set_id in found, (part, bit)
        phone.database.execute(f"UPDATE parts SET {part} = ? WHERE place = ?", (data, place))
    assert checked(phone).sound


def test_a_set_taken_out_of_the_middle_is_named(village: Village) -> None:
    phone = filled(village)
    gone = report_sets(phone)[3]
    phone.database.execute("DELETE FROM sets WHERE id = ?", (gone,))
    problems = checked(phone).problems
    assert ("missing", gone) in [(problem.code, problem.set_id) for problem in problems]


def test_changed_caches_are_found(village: Village) -> None:
    phone = filled(village)
    phone.database.execute("UPDATE sets SET verdict = 1 WHERE id = ?", (report_sets(phone)[2],))
    assert "verdict" in {problem.code for problem in checked(phone).problems}
    phone.database.execute("UPDATE sets SET verdict = 0")
    phone.database.execute("UPDATE sums SET live = ? WHERE scope = ?", (bytes(16), REPORTS_HERE))
    assert {problem.code for problem in checked(phone).problems} == {"sums"}


def test_every_flipped_bit_of_a_merged_record_is_found_or_changes_nothing(village: Village) -> None:
    phone = filled(village, 3)
    (state,) = phone.database.rows("SELECT state FROM records WHERE scope = ?", (REPORTS_HERE,))[0]
    for bit in random.Random(1).sample(range(len(state) * 8), 40):
        damaged = bytearray(state)
        damaged[bit // 8] ^= 1 << bit % 8
        phone.database.execute("UPDATE records SET state = ? WHERE scope = ?", (bytes(damaged), REPORTS_HERE))
        assert checked(phone).problems, bit


def test_a_damaged_save_that_is_not_sealed_is_found(village: Village) -> None:
    phone = filled(village, 1)
    (save,) = phone.database.rows("SELECT save FROM saves")[0]
    assert b"confirmed" in save
    phone.database.execute("UPDATE saves SET save = ?", (save.replace(b"confirmed", b"confirmes"),))
    assert "record" in {problem.code for problem in checked(phone).problems}


def test_a_damaged_page_is_named_and_nothing_is_pretended(village: Village, tmp_path: Path) -> None:
    phone = filled(village)
    phone.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    phone.close()
    data = bytearray(phone.path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    phone.path.write_bytes(data)
    with pytest.raises(DamagedDatabaseError):
        village.reopened(phone).state(REPORTS_HERE, RECORD)
