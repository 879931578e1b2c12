import subprocess
import sys
from pathlib import Path
from shutil import disk_usage

import pysqlite3.dbapi2 as sqlite
import pytest

from haidang_syncclient import database, migrations
from haidang_syncclient.database import SCHEMA_VERSION, Database, check_library
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import (
    DamagedDatabaseError,
    DiskFullError,
    InUseError,
    NewerDatabaseError,
    NoKeyError,
    NoReplicaError,
    OldSqliteError,
    ReadOnlyError,
    ReplicaExistsError,
    StorageError,
    SyncError,
)
from haidang_syncclient.replica import Replica
from tests.rootless import as_nobody
from tests.syncclient.village import DEPLOYMENT, REPORTS_HERE, Clock, Village, key, randomness

RECORD = b"\x07" * 16


def opened(path: Path, name: str | None = "phone") -> Replica:
    signer = None if name is None else key(name)
    return Replica.open(path, signer, clock=Clock(), randomness=randomness("opened"))


def test_a_library_that_can_lose_data_is_refused() -> None:
    check_library((3, 51, 3))
    for old in ((3, 51, 2), (3, 40, 1)):
        with pytest.raises(OldSqliteError):
            check_library(old)


def test_the_schema_is_as_new_as_its_steps(tmp_path: Path) -> None:
    made = Database(tmp_path / "a.db")
    steps = made.rows("SELECT name FROM _sqlite_migrations")
    assert len(steps) == SCHEMA_VERSION == len(migrations.replica._migrations)
    assert made.rows("PRAGMA journal_mode") == [("wal",)]
    assert made.rows("PRAGMA synchronous") == [(2,)]
    tables = made.rows("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    assert {name for name, strict in tables if not strict} <= {"_sqlite_migrations", "sqlite_schema"}
    made.close()


def test_there_is_nothing_to_open_before_enrolment(tmp_path: Path) -> None:
    with pytest.raises(NoReplicaError):
        opened(tmp_path / "absent.db")
    Database(tmp_path / "empty.db").close()
    with pytest.raises(NoReplicaError):
        opened(tmp_path / "empty.db")


def test_a_replica_is_never_made_over_another(village: Village) -> None:
    phone = village.replica("phone")
    phone.close()
    with pytest.raises(ReplicaExistsError):
        Replica.create(phone.path, DEPLOYMENT, key("other"), clock=Clock(), randomness=randomness(1))
    opened(phone.path).close()


def test_a_replica_has_one_writer_at_a_time(village: Village) -> None:
    phone = village.replica("phone")
    with pytest.raises(InUseError):
        opened(phone.path)
    phone.close()
    opened(phone.path).close()


def test_another_persons_key_does_not_open_it(village: Village) -> None:
    phone = village.replica("phone")
    phone.close()
    with pytest.raises(NoKeyError):
        opened(phone.path, "somebody else")


def test_without_the_key_it_reads_and_keeps_but_does_not_seal(village: Village) -> None:
    phone = village.replica("phone")
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).save()
    phone.close()
    with opened(phone.path, None) as reading:
        assert reading.state(REPORTS_HERE, RECORD).slots
        with pytest.raises(NoKeyError):
            reading.seal()
        assert reading.device.pending(REPORTS_HERE)


def test_a_database_of_a_newer_version_is_left_alone(village: Village) -> None:
    phone = village.replica("phone")
    phone.database.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    phone.close()
    before = phone.path.read_bytes()
    with pytest.raises(NewerDatabaseError):
        opened(phone.path)
    assert phone.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 300, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "phone.db"
    path.write_bytes(content)
    with pytest.raises(DamagedDatabaseError):
        opened(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "phone.db"
    other = sqlite.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(DamagedDatabaseError):
        opened(path)


def saved_once(form: FormSession, number: int) -> bool:
    try:
        form.put("so_ho", "x" * 900 + str(number)).save()
    except DiskFullError:
        return False
    return True


def test_a_full_disk_loses_nothing_that_was_saved(village: Village) -> None:
    phone = village.replica("phone")
    pages = phone.database.rows("PRAGMA page_count")[0][0]
    phone.database.execute(f"PRAGMA max_page_count={pages + 4}")
    form = FormSession(phone, REPORTS_HERE, RECORD)
    saved = 0
    while saved_once(form, saved):
        saved += 1
    assert saved > 0
    assert form.changed
    assert len(phone.device.pending(REPORTS_HERE)) == saved
    with pytest.raises(DiskFullError):
        phone.seal()
    phone = village.reopened(phone)
    assert len(phone.device.pending(REPORTS_HERE)) == saved
    phone.seal()
    form = FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", "cuối cùng")
    form.save()
    assert [live.value for live in phone.state(REPORTS_HERE, RECORD).slots["vso_ho"]] == ["cuối cùng"]


FILL = """
import resource, signal, sys
from pathlib import Path
from shutil import disk_usage
from tests.syncclient.test_database import opened, FormSession, REPORTS_HERE, RECORD
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
phone = opened(Path(sys.argv[1]))
size = Path(sys.argv[1] + "-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))
form = FormSession(phone, REPORTS_HERE, RECORD)
for number in range(10_000):
    try:
        form.put("so_ho", number).save()
    except Exception as error:
        print(type(error).__name__, flush=True)
        break
    print(number, flush=True)
"""


def test_a_disk_that_fails_while_writing_loses_nothing_that_was_saved(village: Village) -> None:
    phone = village.replica("phone")
    phone.close()
    told = subprocess.run(
        [sys.executable, "-c", FILL, str(phone.path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path.cwd(),
    ).stdout.split()
    assert told[-1] == StorageError.__name__
    with opened(phone.path) as again:
        kept = [draft.value for save in again.device.pending(REPORTS_HERE) for draft in save.drafts]
        assert kept[: len(told) - 1] == [int(line) for line in told[:-1]]
        assert not again.database.damage()


@pytest.mark.parametrize(("free", "kind"), [(0, DiskFullError), (10**9, StorageError)])
def test_a_disk_without_room_for_the_shared_file_is_said_to_be_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, kind: type[SyncError]
) -> None:
    """On a disk that is full already SQLite cannot even open, and says "disk I/O error"."""
    error = sqlite.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite.SQLITE_IOERR | 19 << 8
    monkeypatch.setattr(database, "disk_usage", lambda _folder: disk_usage(tmp_path)._replace(free=free))
    assert type(database._ours(tmp_path / "phone.db", error)) is kind


def test_a_folder_that_is_not_there_or_takes_no_files_is_said(tmp_path: Path) -> None:
    for folder in (tmp_path / "absent", Path("/proc/self")):
        with pytest.raises(ReadOnlyError):
            Replica.create(folder / "a.db", DEPLOYMENT, key("a"), clock=Clock(), randomness=randomness(1))


def test_a_folder_that_can_only_be_read_is_said_and_nothing_is_lost(village: Village) -> None:
    phone = village.replica("phone")
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).save()
    phone.close()
    lock = phone.path.with_name(phone.path.name + ".lock")
    for folder in [phone.path.parent, *phone.path.parents]:
        if folder.owner() == phone.path.owner() and folder != Path("/tmp") and "pytest" in str(folder):
            folder.chmod(0o555)
    phone.path.chmod(0o444)
    lock.chmod(0o666)
    try:
        assert as_nobody(lambda: opened(phone.path)).startswith(f"{ReadOnlyError.__name__}:")
    finally:
        for folder in [phone.path.parent, *phone.path.parents]:
            if "pytest" in str(folder):
                folder.chmod(0o755)
    with opened(phone.path) as again:
        assert len(again.device.pending(REPORTS_HERE)) == 1


def test_an_interrupted_step_leaves_nothing_behind(village: Village) -> None:
    phone = village.replica("phone")
    FormSession(phone, REPORTS_HERE, RECORD).put("so_ho", 1).save()

    class BrokenError(Exception):
        pass

    def break_down() -> None:
        with phone.writing():
            phone.device.drop_saves(REPORTS_HERE, [save.tag for save in phone.device.pending(REPORTS_HERE)])
            raise BrokenError

    with pytest.raises(BrokenError):
        break_down()
    assert len(phone.device.pending(REPORTS_HERE)) == 1
    assert len(phone.seal()) == 1
