"""The vectors of the wire, which Python and TypeScript both run."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import canonical, merkle
from haidang_protocol.bundle import BundleReader, Damage
from haidang_protocol.envelope import OpenedSet, SetBytes
from haidang_protocol.errors import ProtocolError
from haidang_protocol.frames import Frame, FrameReader, Outgoing, Place, write_groups
from haidang_protocol.messages import Group, read_request_message
from haidang_protocol.statements import DOMAINS, OwnTip, Signed, Statement, verify
from haidang_protocol.stream import StreamReader

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
FILES = ("merkle", "statements", "frames", "bundle", "stream")


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
    return found


def cases(name: str, flag: str | None = None) -> list[Any]:
    return [
        pytest.param(case, id=case["id"])
        for case in load(name)["cases"]
        if flag is None or flag in case["flags"]
    ]


def code_of(work: Callable[[], object]) -> str:
    try:
        work()
    except ProtocolError as error:
        return error.code
    return "valid"


def unhexed(items: Iterable[str]) -> list[bytes]:
    return [bytes.fromhex(item) for item in items]


@pytest.mark.parametrize("case", cases("merkle", "Root"))
def test_a_tree_has_the_stated_root(case: Any) -> None:
    _, edge = merkle.append(0, [], map(merkle.leaf_hash, unhexed(case["leaves"])))
    assert merkle.edge_root(edge).hex() == case["root"]


@pytest.mark.parametrize("case", cases("merkle", "Inclusion"))
def test_a_proof_of_inclusion_holds_or_does_not_as_stated(case: Any) -> None:
    leaf, root, *proof = unhexed((case["leaf"], case["root"], *case["proof"]))
    check = lambda: merkle.verify_inclusion(leaf, case["place"], case["size"], root, proof)  # noqa: E731 - one use
    assert code_of(check) == case["result"]


@pytest.mark.parametrize("case", cases("merkle", "Consistency"))
def test_a_proof_of_consistency_holds_or_does_not_as_stated(case: Any) -> None:
    first, second, *proof = unhexed((case["first_root"], case["second_root"], *case["proof"]))
    check = lambda: merkle.verify_consistency(case["first"], first, case["second"], second, proof)  # noqa: E731 - one use
    assert code_of(check) == case["result"]


@pytest.mark.parametrize("case", cases("statements"))
def test_a_statement_verifies_or_does_not_as_stated(case: Any) -> None:
    kind: type[Statement] = next(kind for kind in DOMAINS if kind.__name__.lower() == case["kind"])
    public, data, signature = unhexed((case["public_key"], case["data"], case["signature"]))
    key = Ed25519PublicKey.from_public_bytes(public)
    assert code_of(lambda: verify(kind, Signed(data, signature), key)) == case["result"]
    if case["result"] == "valid":
        assert json.loads(json.dumps(canonical.decode(data), default=bytes.hex)) == case["fields"]


def restored(frame: Frame) -> dict[str, Any]:
    if isinstance(frame.result, ProtocolError):
        return {"error": frame.result.code}
    parts = msgspec.structs.asdict(frame.result.parts)
    told = {"id": frame.result.id.hex()} | {name: value.hex() for name, value in parts.items()}
    return told | ({"place": list(frame.place)} if frame.place else {})


def caller(case: Any) -> tuple[bytes | None, list[OwnTip]]:
    tips = [OwnTip(bytes.fromhex(tip[0]), tip[1], tip[2], bytes.fromhex(tip[3])) for tip in case["tips"]]
    return case["key"] and bytes.fromhex(case["key"]), tips


@pytest.mark.parametrize("case", cases("frames"))
def test_a_group_gives_the_stated_frames(case: Any) -> None:
    message = bytes.fromhex(case["message"])
    assert code_of(lambda: read_request_message(message)) == case["result"]
    if case["result"] == "valid":
        group = read_request_message(message)
        assert isinstance(group, Group)
        assert [restored(frame) for frame in FrameReader(*caller(case)).read(group)] == case["frames"]


@pytest.mark.parametrize("case", cases("frames", "Written"))
def test_the_stated_sets_are_written_as_the_stated_group(case: Any) -> None:
    sets = []
    for frame in case["frames"]:
        parts = SetBytes(*unhexed(frame[name] for name in ("header", "signature", "structure", "values")))
        place = Place(*frame["place"]) if "place" in frame else None
        sets.append(Outgoing(bytes.fromhex(frame["id"]), parts, place))
    (group,) = write_groups(sets, *caller(case))
    assert canonical.encode(group).hex() == case["message"]


@pytest.mark.parametrize("case", cases("bundle"))
def test_a_bundle_gives_what_is_stated(case: Any) -> None:
    reader = BundleReader()
    found = [*reader.feed(bytes.fromhex(case["bundle"])), *reader.finish()]
    assert [each.id.hex() for each in found if isinstance(each, OpenedSet)] == case["sets"]
    damages = [each for each in found if isinstance(each, Damage)]
    assert [[each.code, each.set_id and each.set_id.hex()] for each in damages] == case["damages"]
    assert bool(damages) == (case["result"] == "damaged")


@pytest.mark.parametrize("case", cases("stream"))
def test_a_body_gives_the_stated_messages(case: Any) -> None:
    reader, came = StreamReader(), list[str]()
    result = code_of(lambda: came.extend(each.hex() for each in reader.feed(bytes.fromhex(case["body"]))))
    assert (result, came) == (case["result"], case["messages"])
    assert reader.complete or result != "valid"


def test_the_vectors_are_what_the_generator_writes() -> None:
    command = [sys.executable, str(VECTORS / "generate_wire.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", FILES)
def test_every_case_has_its_own_id_and_says_what_it_is_for(name: str) -> None:
    vectors = load(name)
    assert vectors["schema"] == f"haidang/vectors/{name}/1"
    assert len({case["id"] for case in vectors["cases"]}) == len(vectors["cases"])
    assert all(case["comment"] and case["flags"] and case["result"] for case in vectors["cases"])
