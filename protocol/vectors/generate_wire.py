"""Write the vectors of the wire: `python protocol/vectors/generate_wire.py`; with `--check` only tell what is stale.

Everything follows from fixed words. Where a vector holds a DEFLATE stream it is made of stored blocks or frozen here, so
that it does not depend on the compressor at hand.
"""

import json
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

from haidang_protocol import canonical, statements
from haidang_protocol.bundle import Manifest
from haidang_protocol.envelope import OpenedSet, redact
from haidang_protocol.frames import Outgoing, Place, write_groups
from haidang_protocol.ids import key_id
from haidang_protocol.messages import Group, ScopeTips
from haidang_protocol.statements import OwnTip
from haidang_protocol.stream import framed
from vectors.wire_material import (
    AUTHORITY_SCOPE,
    REPORT_SCOPE,
    flipped,
    hexed,
    key_of,
    log,
    plain,
    public_key,
)
from vectors.wire_proofs import Case, merkle_cases, sample_statements, statement_cases

HERE = Path(__file__).parent

# ---------------------------------------------------------------------------------------------------------- frames

PHONE, OTHER = log("phone", 6, opening=3), log("other", 2)
OFFICER = log("officer", 3, AUTHORITY_SCOPE)
TIPS = [
    OwnTip(opened.header.scope, 0, opened.header.position, opened.id)
    for opened in (OTHER[0], PHONE[1], OFFICER[0])
]


def frame_cases() -> list[Case]:
    """Groups, and the sets that they stand for."""
    redacted = msgspec.structs.replace(PHONE[1], parts=redact(PHONE[1]))
    cases = [
        group_case("full", "first sets are sent whole", ["Full"], [PHONE[0], OTHER[0]]),
        group_case("follows", "the same opening: only the time that passed", ["Follows"], PHONE[:3]),
        group_case("opening", "another opening: its tag too", ["Follows", "Opening"], PHONE),
        group_case("tip", "behind a tip that the prelude names", ["Tip", "Follows"], PHONE[2:4], "phone"),
        group_case(
            "tip-of-another", "a tip counts for the prelude's key alone", ["Full"], OTHER[1:], "phone"
        ),
        group_case(
            "authority", "never by a tip in an authority scope", ["Full", "Follows"], OFFICER[1:], "officer"
        ),
        group_case("in-turn", "two logs in turn", ["Full"], [PHONE[0], OTHER[0], PHONE[1], OTHER[1]]),
        group_case(
            "redacted", "a redacted set as it is", ["Follows", "Redacted"], [PHONE[0], redacted, PHONE[2]]
        ),
        group_case("placed", "as in a reply", ["Follows", "Placed"], [*PHONE[:3], OTHER[0]], placed=True),
    ]
    tag = PHONE[2].header.tag
    heads: list[tuple[str, str, list[Any]]] = [
        ("no-frame-before", "a frame follows one that is not there, and so on", [0, 3600, 3600]),
        ("no-such-tip", "a tip that was not named", [[3, tag, 0], 3600]),
        ("tip-of-authority", "a tip in an authority scope", [[2, tag, 0], 3600]),
        ("short-tag", "a tag of seven bytes", [[1, tag[:-1], 0]]),
        ("empty-head", "an array of nothing", [[]]),
        ("no-header", "bytes that are no header", [b"\x90"]),
    ]
    for name, comment, changed in heads:
        group = group_of(PHONE[2 : 2 + len(changed)], "phone")
        message = canonical.encode(msgspec.structs.replace(group, heads=changed))
        cases.append(
            {"id": name, "comment": comment, "flags": ["BadHead"], **in_prelude("phone"), "message": message.hex(),
             "result": "valid", "frames": [{"error": "malformed"}] * len(changed)}
        )  # fmt: skip
    return cases + broken_groups()


def group_of(sets: Sequence[OpenedSet], caller: str | None = None, *, placed: bool = False) -> Group:
    """The one group of a few sets."""
    places = [
        Place(1_000 + 7 * at, 1_790_000_900 - at, at % 3) if placed else None for at in range(len(sets))
    ]
    outgoing = [Outgoing(opened.id, opened.parts, place) for opened, place in zip(sets, places, strict=True)]
    (group,) = write_groups(outgoing, key_id(public_key(caller)) if caller else None, TIPS if caller else ())
    return group


def in_prelude(caller: str | None) -> Case:
    """What the prelude says that heads need."""
    return {
        "key": key_id(public_key(caller)).hex() if caller else None,
        "tips": plain(TIPS) if caller else [],
    }


def group_case(
    name: str,
    comment: str,
    flags: list[str],
    sets: Sequence[OpenedSet],
    caller: str | None = None,
    *,
    placed: bool = False,
) -> Case:
    """A group that gives its sets back; whoever writes these sets writes this group."""
    group = group_of(sets, caller, placed=placed)
    frames = [
        {"id": opened.id.hex(), "header": opened.parts.header.hex(), "signature": opened.parts.signature.hex(),
         "structure": opened.parts.structure.hex(), "values": opened.parts.values.hex()}
        for opened in sets
    ]  # fmt: skip
    if placed:
        for at, frame in enumerate(frames):
            frame["place"] = [1_000 + 7 * at, 1_790_000_900 - at, at % 3]  # type: ignore[assignment]  # JSON
    return {"id": name, "comment": comment, "flags": ["Written", *flags], **in_prelude(caller),
            "message": canonical.encode(group).hex(), "result": "valid", "frames": frames}  # fmt: skip


def broken_groups() -> list[Case]:
    """Groups that are none."""
    fields = canonical.decode(canonical.encode(group_of(PHONE[:2])))
    broken = {
        "signature-short": [*fields[:1], fields[1][:-1], *fields[2:]],
        "structure-missing": [*fields[:2], fields[2][:1], *fields[3:]],
        "values-missing": [*fields[:4], fields[4][:1], fields[5]],
        "places-missing": [*fields[:5], [[1], [2], [0]]],
        "no-frame": [2, b"", [], [], [], None],
        "verdict-unknown": [*fields[:5], [[1, 1], [2, 0], [0, 3]]],
        "head-of-text": [*fields[:3], ["a", 1], *fields[4:]],
        "column-missing": fields[:5],
    }
    return [
        {"id": name, "comment": "not a group", "flags": ["Malformed"], **in_prelude(None),
         "message": canonical.encode(value).hex(), "result": "malformed", "frames": []}
        for name, value in broken.items()
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- bundle


def stored(data: bytes) -> bytes:
    """A raw DEFLATE stream of one stored block: the same bytes whatever the compressor."""
    return b"\x01" + len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little") + data


def block(kind: int, content: bytes, name: bytes = bytes(32)) -> bytes:
    """A block of a bundle, put together by hand."""
    head = bytes([kind]) + len(content).to_bytes(4)
    return b"\xabHD\xba" + head + sha256(head).digest()[:4] + name + sha256(content).digest()[:8] + content


def bundle_cases() -> list[Case]:
    """A bundle of two sets and a receipt, and what is left of it when it is hurt."""
    sets = PHONE[:2]
    manifest = Manifest(key_id(public_key("phone")), (ScopeTips(REPORT_SCOPE, [sets[1].id]),), 2)
    receipt = statements.sign(sample_statements()[1], key_of("hub"))
    pieces = [
        b"HAIDANG-BUNDLE-1\n",
        block(1, canonical.encode(manifest)),
        *(block(2, stored(canonical.encode(msgspec.structs.astuple(each.parts))), each.id) for each in sets),
        block(3, canonical.encode(receipt)),
        block(4, b""),
    ]
    start, manifest_at, first, second, receipt_at, *_ = [0, *accumulate(map(len, pieces))]
    whole, ids = b"".join(pieces), [each.id for each in sets]
    cut = [("cut-short", None)]
    cases: list[tuple[str, str, bytes, list[bytes], list[tuple[str, bytes | None]]]] = [
        ("whole", "nothing is wrong", whole, ids, []),
        ("first-line", "a bit of the first line", flipped(whole, 8 * start), ids, [("not-a-bundle", None)]),
        ("marker", "a bit of a marker: nothing is lost", flipped(whole, 8 * second), ids, [("label", None)]),
        ("kind", "a bit of a kind", flipped(whole, 8 * (first + 4)), ids[1:], [("block", ids[0])]),
        ("length", "a bit of a length", flipped(whole, 8 * (first + 8) + 2), ids[1:], [("block", ids[0])]),
        ("head-check", "a bit of the check of a head", flipped(whole, 8 * (second + 9)), ids[:1], [("block", ids[1])]),
        ("name", "a bit of a name: nothing is lost", flipped(whole, 8 * (first + 13)), ids, [("label", None)]),
        ("content-check", "a bit of a check", flipped(whole, 8 * (first + 45)), ids[1:], [("set", ids[0])]),
        ("content", "a bit of a content", flipped(whole, 8 * (first + 90)), ids[1:], [("set", ids[0])]),
        ("manifest", "a bit of the manifest", flipped(whole, 8 * (manifest_at + 60)), ids, [("block", None)]),
        ("receipt", "a bit of a receipt", flipped(whole, 8 * (receipt_at + 60)), ids, [("block", None)]),
        ("dropped", "a hole in a set", whole[: first + 70] + whole[first + 90 :], ids[1:], [("set", ids[0])]),
        ("cut-in-set", "it breaks off inside a set", whole[: second + 60], ids[:1], [("set", ids[1]), *cut]),
        ("cut-between", "it breaks off between two sets", whole[:second], ids[:1], [*cut, ("missing-sets", None)]),
        ("behind", "bytes behind the end", whole + b"\n", ids, [("trailing", None)]),
        ("empty", "nothing at all", b"", [], [("not-a-bundle", None), *cut]),
        ("other", "another file", b"PK\x03\x04" * 9, [], [("not-a-bundle", None), *cut]),
    ]  # fmt: skip
    return [
        {"id": name, "comment": comment, "flags": ["Damaged"] if damages else ["Sound"], "bundle": data.hex(),
         "sets": hexed(come), "damages": [[code, lost and lost.hex()] for code, lost in damages],
         "result": "damaged" if damages else "valid"}
        for name, comment, data, come, damages in cases
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- stream


def stream_cases() -> list[Case]:
    """Bodies, and the messages in them."""
    short, long = b"\x92\x0a\xc4\x01n", bytes(range(200))
    # Two stored blocks and, between and behind them, codes of the fixed table that reach back over a stored block.
    frozen = bytes.fromhex(
        "000600f9ff05920ac4016e3ac108000000ffff00c80037ff000102030405060708090a0b0c0d0e0f10111213141516171819"
        "1a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b"
        "4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d"
        "7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7631d66fe0100"
    )
    cases = [
        ("empty", "no message", stored(b""), [], "valid"),
        ("one", "one message in a stored block", stored(framed(short)), [short], "valid"),
        ("long", "a length of two bytes", stored(framed(long)), [long], "valid"),
        ("blocks", "stored and packed blocks in turn", frozen, [short, long, short, long], "valid"),
        ("behind", "bytes behind the end", stored(framed(short)) + b"\0", [short], "malformed"),
        ("inside", "the end is inside a message", stored(framed(short) + b"\x05\x92"), [short], "malformed"),
        ("long-length", "a length with a byte too many", stored(b"\x85\0" + short), [], "malformed"),
        ("no-length", "a message of nothing", stored(b"\0"), [], "malformed"),
        ("too-long", "a length beyond all limits", stored(b"\xff\xff\xff\xff\x7f"), [], "over-limit"),
        ("no-deflate", "a block of a kind that does not exist", b"\x07", [], "malformed"),
    ]
    return [
        {"id": name, "comment": comment, "flags": ["Sound" if result == "valid" else "Broken"], "body": body.hex(),
         "messages": hexed(messages), "result": result}
        for name, comment, body, messages, result in cases
    ]  # fmt: skip


# -----------------------------------------------------------------------------------------------------------------

FILES: dict[str, tuple[Callable[[], list[Case]], list[str]]] = {
    "merkle": (
        merkle_cases,
        ["SPEC H1. All values are hex. `result` is `valid` or the code of the refusal."],
    ),
    "statements": (
        statement_cases,
        ["SPEC H2, X2, X11. `data` is what stands behind the domain; `fields` its array, bytes as hex."],
    ),
    "frames": (
        frame_cases,
        [
            "SPEC X3. `message` is a group; `key` and `tips` are those of the prelude.",
            "`frames` is what comes of each frame: a set and its place, or the code of the error.",
            "Whoever writes the sets of a case marked Written writes this group.",
        ],
    ),
    "bundle": (
        bundle_cases,
        [
            "SPEC K1. `sets` are the ids that come out, `damages` the codes with the ids that they name, in order."
        ],
    ),
    "stream": (
        stream_cases,
        ["SPEC X1. `messages` are those that come out, before the refusal if there is one."],
    ),
}


def rendered(name: str) -> str:
    """A file of vectors, one case a line."""
    cases, notes = FILES[name]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases())
    head = f'"schema": "haidang/vectors/{name}/1",\n"notes": {json.dumps(notes, ensure_ascii=False)}'
    return f'{{\n{head},\n"cases": [\n{lines}\n]\n}}\n'


def main(*, check: bool) -> int:
    """Write the files, or tell how many differ."""
    stale = 0
    for name in FILES:
        path, now = HERE / f"{name}.json", rendered(name)
        if not path.exists() or path.read_text() != now:
            stale += 1
            print(f"{path.name} {'is stale' if check else 'written'}")
        if not check:
            path.write_text(now)
    return stale if check else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
