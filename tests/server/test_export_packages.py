"""Export packages: what is written verifies, and whatever is changed afterwards is named."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haidang_protocol.bundle import MAGIC, BundleReader, Manifest, write_bundle
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.export_package import (
    CHANGES_FILE,
    EXPORT_DOMAIN,
    LOG_FILE,
    MANIFEST_FILE,
    SIGNATURE_FILE,
    STATEMENTS_FILE,
    PackageManifest,
    manifest_bytes,
    sign_manifest,
)
from haidang_protocol.package_check import check_package
from haidang_protocol.statements import DOMAINS
from haidang_server.proof import Scope, check_folder, write_package
from tests.server.packages import Files, check, codes, filled, package, sets_of, signed_again, written
from tests.server.shelf import Stand
from tests.server.world import START

# ---------------------------------------------------------------------------------------------------------- it is sound


def test_a_package_verifies_and_says_of_which_deployment_it_is() -> None:
    files, shelf = package()
    report = check(files, shelf.genesis.root_set_hash)
    assert report.findings == ()
    assert report.sound
    assert report.manifest is not None
    assert report.manifest.complete
    assert report.root_set_hash == shelf.genesis.root_set_hash
    assert report.sets == len(sets_of(files)) > 10
    assert report.statements > 20


@pytest.mark.parametrize("size", [1_000, 4_097, 65_536])
def test_it_can_be_read_in_chunks_of_any_size(size: int) -> None:
    files, _ = package()

    def read(name: str) -> list[bytes]:
        return [files[name][at : at + size] for at in range(0, len(files[name]), size)]

    assert check_package(files, read).sound


def test_another_deployment_is_said_to_be_another() -> None:
    files, _ = package()
    assert codes(check(files, bytes(32))) == {(MANIFEST_FILE, "other-deployment")}


@pytest.mark.parametrize(
    ("scope", "reports"),
    [(Scope("901"), {"an"}), (Scope("00902"), {"tan"}), (Scope(None, restricted=False), {"an", "tan"})],
)
def test_a_part_of_the_units_verifies_by_itself(tmp_path: Path, scope: Scope, reports: set[str]) -> None:
    stand = filled(tmp_path / "hub")
    manifest = written(stand.folder, tmp_path / "out", stand.shelf, scope)
    report = check_folder(tmp_path / "out")
    assert report.findings == ()
    assert manifest.complete == (set(reports) == {"an", "tan"} and scope.restricted)
    filed = {bytes.fromhex(state.scope) for state in manifest.scopes if state.scope.startswith("00")}
    assert filed == {b"\x00" + getattr(stand.shelf, unit) for unit in reports}
    stand.close()


def test_a_package_of_a_hub_that_goes_on_is_of_one_state(tmp_path: Path) -> None:
    stand = filled(tmp_path / "hub")
    shelf = stand.shelf

    def meanwhile(file: str, done: int, total: int) -> None:
        if done % 4 == 0:
            stand.take(shelf.put(shelf.head, "visits", done))

    write_package(tmp_path / "out", stand.folder, shelf.hub_key, Scope(), START + 900, meanwhile)
    assert check_folder(tmp_path / "out").findings == ()
    stand.close()


def test_its_domain_is_its_own() -> None:
    assert EXPORT_DOMAIN == b"haidang/export/1\x00"
    assert EXPORT_DOMAIN not in DOMAINS.values()


# ------------------------------------------------------------------------------------------------- what was changed


@settings(max_examples=25)
@given(st.data())
def test_any_bit_flipped_in_any_file_is_named(data: st.DataObject) -> None:
    files, _ = package()
    name = data.draw(st.sampled_from(sorted(name for name, content in files.items() if content)))
    at = data.draw(st.integers(0, 8 * len(files[name]) - 1))
    changed = bytearray(files[name])
    changed[at // 8] ^= 1 << at % 8
    report = check(files | {name: bytes(changed)})
    assert not report.sound
    signed = {MANIFEST_FILE, SIGNATURE_FILE}
    assert any(
        finding.file == name or (name in signed and finding.file in signed) for finding in report.findings
    )


def block_heads(bundle: bytes) -> list[int]:
    """Where the blocks of a bundle begin (SPEC K1)."""
    heads, at = [], len(MAGIC)
    while at < len(bundle):
        heads.append(at)
        at += 53 + int.from_bytes(bundle[at + 5 : at + 9])
    return heads


@settings(max_examples=25)
@given(st.data())
def test_any_bit_flipped_inside_a_change_set_names_it(data: st.DataObject) -> None:
    files, _ = package()
    bundle = files[CHANGES_FILE]
    ids = [opened.id for opened in sets_of(files)]
    damaged = data.draw(st.sampled_from(ids))
    head = next(at for at in block_heads(bundle) if bundle[at + 13 : at + 45] == damaged)
    start, length = head + 53, int.from_bytes(bundle[head + 5 : head + 9])
    at = data.draw(st.integers(8 * start, 8 * (start + length) - 1))
    changed = bytearray(bundle)
    changed[at // 8] ^= 1 << at % 8
    report = check(files | {CHANGES_FILE: bytes(changed)})
    assert damaged in {finding.set_id for finding in report.findings}


def rebundled(files: Files, sets: list[OpenedSet]) -> bytes:
    """The bundle with other sets, as if it had been made so."""
    reader = BundleReader()
    (manifest,) = [each for each in reader.feed(files[CHANGES_FILE]) if isinstance(each, Manifest)]
    manifest = msgspec.structs.replace(manifest, sets=len(sets))
    return b"".join(write_bundle(manifest, [(each.id, each.parts) for each in sets]))


def test_a_change_set_taken_out_is_named_even_if_the_hub_signs_the_rest() -> None:
    files, _ = package()
    sets = sets_of(files)
    for missing in (sets[0], sets[len(sets) // 2], sets[-1]):
        rest = [each for each in sets if each.id != missing.id]
        report = check(signed_again(files, **{CHANGES_FILE: rebundled(files, rest)}))
        assert (CHANGES_FILE, missing.id) in {(finding.file, finding.set_id) for finding in report.findings}


def test_a_change_set_slipped_in_is_named_even_if_the_hub_signs_it() -> None:
    files, shelf = package()
    foreign = shelf.put(shelf.province, "visits", 99, scope=shelf.phone.scope)
    bundle = rebundled(files, [*sets_of(files), foreign])
    report = check(signed_again(files, **{CHANGES_FILE: bundle}))
    assert ("foreign-set", foreign.id) in {(finding.code, finding.set_id) for finding in report.findings}
    assert (MANIFEST_FILE, "state") in codes(report)


def test_a_change_set_with_a_false_signature_is_named() -> None:
    files, _ = package()
    sets = sets_of(files)
    false = msgspec.structs.replace(sets[-1].parts, signature=bytes(64))
    changed = [*sets[:-1], msgspec.structs.replace(sets[-1], parts=false)]
    report = check(signed_again(files, **{CHANGES_FILE: rebundled(files, changed)}))
    assert ("set-signature", sets[-1].id) in {(finding.code, finding.set_id) for finding in report.findings}


def test_a_change_set_of_a_key_that_nobody_certified_is_named() -> None:
    files, shelf = package()
    foreign = shelf.put(shelf.person("stranger", shelf.an), "visits", 99)
    report = check(signed_again(files, **{CHANGES_FILE: rebundled(files, [*sets_of(files), foreign])}))
    assert ("unknown-key", foreign.id) in {(finding.code, finding.set_id) for finding in report.findings}


def test_sets_may_stand_in_any_order() -> None:
    files, _ = package()
    sets = sets_of(files)
    for seed in range(5):
        shuffled = Random(seed).sample(sets, len(sets))
        assert check(signed_again(files, **{CHANGES_FILE: rebundled(files, shuffled)})).findings == ()


LIES: dict[str, Callable[[bytes], bytes]] = {
    "another value": lambda text: text.replace(b'"value":120', b'"value":121', 1),
    "another sum": lambda text: text.replace(b'"total":5', b'"total":6', 1),
    "a line less": lambda text: b"\n".join(text.split(b"\n")[1:]),
    "a line more": lambda text: text + text.split(b"\n")[0] + b"\n",
    "its last line's end": lambda text: text[:-1],
    "nothing": lambda text: text[:0],
}


@pytest.mark.parametrize("lie", list(LIES))
def test_a_statement_that_does_not_follow_is_named_even_if_the_hub_signs_it(lie: str) -> None:
    files, _ = package()
    changed = LIES[lie](files[STATEMENTS_FILE])
    assert changed != files[STATEMENTS_FILE]
    assert codes(check(signed_again(files, **{STATEMENTS_FILE: changed}))) == {(STATEMENTS_FILE, "statement")}


def test_a_scope_that_the_manifest_leaves_out_is_named() -> None:
    files, shelf = package()
    manifest = msgspec.json.decode(files[MANIFEST_FILE], type=PackageManifest)
    data = manifest_bytes(
        msgspec.structs.replace(manifest, scopes=(manifest.scopes[0], *manifest.scopes[2:]))
    )
    report = check(files | {MANIFEST_FILE: data, SIGNATURE_FILE: sign_manifest(data, shelf.hub_key)})
    assert codes(report) == {(CHANGES_FILE, "state"), (STATEMENTS_FILE, "statement")}


def test_a_damaged_marker_loses_nothing_and_is_named_all_the_same() -> None:
    files, _ = package()
    changed = bytearray(files[CHANGES_FILE])
    changed[len(MAGIC)] ^= 1
    report = check(files | {CHANGES_FILE: bytes(changed)})
    assert codes(report) == {(CHANGES_FILE, "file"), (CHANGES_FILE, "set")}
    assert {finding.set_id for finding in report.findings} == {None}


def test_of_very_many_missing_sets_a_hundred_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "hub")
    shelf = stand.shelf
    stand.take(*(shelf.put(shelf.phone, "taps", at) for at in range(620)))
    written(stand.folder, tmp_path / "out", shelf)
    stand.close()
    assert check_folder(tmp_path / "out").sound
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    kept = [opened for opened in sets_of(files) if opened.header.acting is not None]
    report = check(files | {CHANGES_FILE: rebundled(files, kept)})
    missing = [finding for finding in report.findings if finding.code == "missing-set"]
    assert len([finding for finding in missing if finding.set_id is not None]) == 100
    assert missing[-1].sentence.startswith("and 520 more")


@pytest.mark.parametrize("line", ["[]", "nonsense", '["00", 1, 0]', '["zz", 1, 0]'])
def test_a_log_that_cannot_be_read_is_named(line: str) -> None:
    files, _ = package()
    assert (LOG_FILE, "log") in codes(check(signed_again(files, **{LOG_FILE: line.encode() + b"\n"})))


def test_a_log_with_its_end_cut_off_is_named() -> None:
    files, _ = package()
    shorter = b"".join(line + b"\n" for line in files[LOG_FILE].splitlines()[:-1])
    report = check(signed_again(files, **{LOG_FILE: shorter}))
    assert {(LOG_FILE, "log"), (CHANGES_FILE, "foreign-set")} <= codes(report)


def test_missing_and_unlisted_files_are_named() -> None:
    files, _ = package()
    less = {name: content for name, content in files.items() if name != "T1.csv"}
    assert codes(check(less)) == {("T1.csv", "missing-file")}
    assert codes(check(files | {"more.csv": b"x"})) == {("more.csv", "unlisted-file")}
    assert (SIGNATURE_FILE, "signature") in codes(
        check({name: content for name, content in files.items() if name != SIGNATURE_FILE})
    )
    for name in (CHANGES_FILE, LOG_FILE, STATEMENTS_FILE):
        rest = {other: content for other, content in files.items() if other != name}
        assert (name, "missing-file") in codes(check(rest))


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{}",
        b"\xff",
        None,
    ],
)
def test_without_a_manifest_nothing_is_believed(manifest: bytes | None) -> None:
    files, _ = package()
    rest = {name: content for name, content in files.items() if name != MANIFEST_FILE}
    report = check(rest if manifest is None else rest | {MANIFEST_FILE: manifest})
    assert codes(report) == {(MANIFEST_FILE, "manifest")}
    assert report.manifest is None


@pytest.mark.parametrize(
    "lie",
    [
        {"server": "00" * 16},
        {"server": "00"},
        {"genesis": "00"},
        {"checkpoint": "00"},
        {"epoch": 7},
        {"scopes": [{"scope": "00", "accepted": "", "authority": "", "state": ""}]},
    ],
)
def test_a_manifest_that_lies_about_the_hub_is_found_out(lie: dict[str, object]) -> None:
    files, shelf = package()
    said = json.loads(files[MANIFEST_FILE]) | lie
    data = json.dumps(said).encode()
    report = check(files | {MANIFEST_FILE: data, SIGNATURE_FILE: sign_manifest(data, shelf.hub_key)})
    assert any(file == MANIFEST_FILE for file, _ in codes(report))


def test_somebody_else_s_signature_is_none() -> None:
    files, shelf = package()
    forged = sign_manifest(files[MANIFEST_FILE], shelf.province.key)
    assert codes(check(files | {SIGNATURE_FILE: forged})) == {(SIGNATURE_FILE, "signature")}
