"""Vectors of change sets that must be refused, each for one fault (SPEC B, O7, Z)."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from haidang_protocol.body import Operation, Preimage, Reference
from haidang_protocol.canonical import encode
from haidang_protocol.columns import encode_body
from haidang_protocol.envelope import encode_header, redact, seal
from haidang_protocol.ids import AUTHORITY, scope_of
from haidang_protocol.limits import INTEGER_MAX, SET_REFERENCES_MAX
from haidang_protocol.operations import DIRECTIVE, NOTE, PUT
from vectors.cases import Case, invalid, repeated
from vectors.set_cases import (
    CERTIFICATE,
    FIRST,
    FORM,
    KEY,
    LATER,
    OTHER,
    RECORD,
    SCOPE,
    UNIT,
    as_hex,
    header,
    put,
    save,
)

Path = tuple[int, ...]
Fault = tuple[str, Path, Any]

WHOLE = seal(
    header(LATER, time=LATER.time + 60),
    [
        save(put(1, supersedes=(Reference(1, 0),)), put(2, ("r", ("k",), "c"))),
        save(
            Operation(NOTE, Preimage("f"), "", ["x", None], (), (Reference(OTHER, 3),)),
            time=LATER.time + 60,
            form=b"",
            salt=b"s" * 16,
        ),
    ],
    KEY,
)
"""The set that the faults below are put into."""

AUTHORITY_SCOPE = scope_of(AUTHORITY, UNIT)

HEADERS: list[tuple[str, str, Path, Any]] = [
    ("version-0", "malformed", (0,), 0),
    ("version-2", "malformed", (0,), 2),
    ("version-true", "malformed", (0,), True),
    ("version-float", "malformed", (0,), 1.0),
    ("algorithm-2", "malformed", (1,), 2),
    ("algorithm-true", "malformed", (1,), True),
    ("key-of-15-bytes", "malformed", (2,), b"k" * 15),
    ("key-of-text", "malformed", (2,), "k" * 16),
    ("scope-of-16-bytes", "malformed", (3,), b"\x00" + UNIT[1:]),
    ("scope-of-18-bytes", "malformed", (3,), b"\x00\x00" + UNIT),
    ("scope-of-kind-3", "malformed", (3,), b"\x03" + UNIT),
    ("scope-of-authority-without-certificate", "malformed", (3,), AUTHORITY_SCOPE),
    ("incarnation-negative", "malformed", (4,), -1),
    ("incarnation-false", "malformed", (4,), False),
    ("incarnation-2-53", "over-limit", (4,), 2**53),
    ("position-negative", "malformed", (5,), -1),
    ("position-0-with-predecessor", "malformed", (5,), 0),
    ("position-2-53", "over-limit", (5,), 2**53),
    ("position-float", "malformed", (5,), 7.0),
    ("previous-missing", "malformed", (6,), []),
    ("previous-nil", "malformed", (6,), None),
    ("previous-of-31-bytes", "malformed", (6,), [b"p" * 31]),
    ("previous-of-16-bytes", "malformed", (6,), [b"p" * 16]),
    ("previous-descending", "not-canonical", (6,), [b"q" * 32, b"p" * 32]),
    ("previous-twice", "not-canonical", (6,), [b"p" * 32, b"p" * 32]),
    ("previous-65", "over-limit", (6,), [bytes([number]) * 32 for number in range(65)]),
    ("time-nil", "malformed", (7,), None),
    ("time-text", "malformed", (7,), "2019-02-18"),
    ("time-2-53", "over-limit", (7,), 2**53),
    ("time-minus-2-53", "over-limit", (7,), -(2**53)),
    ("tag-of-7-bytes", "malformed", (8,), bytes(7)),
    ("tag-of-9-bytes", "malformed", (8,), bytes(9)),
    ("tag-number", "malformed", (8,), 1),
    ("tag-past-the-end", "over-limit", (8,), b"\xff" * 8),
    ("acting-in-a-report-set", "malformed", (9,), CERTIFICATE),
    ("acting-nil-in-a-report-set", "malformed", (9,), None),
]

SHAPES: list[Fault] = [
    ("form-of-15-bytes", (0, 0), FORM[:15]),
    ("form-of-text", (0, 0), "form"),
    ("record-of-15-bytes", (1, 1, 0), RECORD[:15]),
    ("record-of-32-bytes", (1, 1, 0), RECORD * 2),
    ("record-number", (1, 1, 0), 7),
    ("context-of-one-part", (1,), [[["f"]], [RECORD, [0, None]]]),
    ("derived-record-of-one-part", (1,), [[["f", None, None]], [RECORD, [0]]]),
    ("context-of-four-parts", (1,), [[["f", None, None, None]], [RECORD, [0, None]]]),
    ("family-empty", (1,), [[["", None, None]], [RECORD, [0, None]]]),
    ("family-bin", (1,), [[[b"f", None, None]], [RECORD, [0, None]]]),
    ("directive-empty", (1,), [[["f", None, None]], [RECORD, [0, ""]]]),
    ("subject-of-17-bytes", (1,), [[["f", UNIT + b"\x00", None]], [RECORD, [0, None]]]),
    ("period-text", (1,), [[["f", None, "2019-02"]], [RECORD, [0, None]]]),
    ("family-with-control", (1,), [[["f\n", None, None]], [RECORD, [0, None]]]),
    ("field-number", (2, 0), 3),
    ("field-with-control", (2, 0), "a\x1fb"),
    ("cell-without-field", (2, 1), ["", ["k"], "c"]),
    ("cell-of-two-parts", (2, 1), ["r", ["k"]]),
    ("cell-of-four-parts", (2, 1), ["r", ["k"], "c", "d"]),
    ("row-of-15-bytes", (2, 1), ["r", b"k" * 15, "c"]),
    ("row-text", (2, 1), ["r", "k", "c"]),
    ("row-key-empty", (2, 1), ["r", [], "c"]),
    ("row-key-of-numbers", (2, 1), ["r", [1], "c"]),
    ("row-key-with-control", (2, 1), ["r", ["\x00"], "c"]),
    ("saves-of-two-columns", (3,), [[0, 1, 1, 1], [2, 1, 1, 1]]),
    ("run-without-length", (3, 0), [0, 1, 1]),
    ("forms-for-too-few-saves", (3, 0), [0, 1]),
    ("counts-that-do-not-add-up", (3, 1), [2, 2]),
    ("no-save", (3, 1), []),
    ("save-without-operations", (3, 1), [3, 1, 0, 1]),
    ("count-negative", (3, 1), [4, 1, -1, 1]),
    ("minutes-missing", (3, 2), []),
    ("minutes-too-many", (3, 2), [1, 1]),
    ("kinds-missing", (4, 0), []),
    ("kind-true", (4, 0), [True, 2, 5, 1]),
    ("record-column-short", (4, 1), [0, 0]),
    ("record-index-negative", (4, 1), [0, 0, -1]),
    ("field-column-long", (4, 2), [0, 1, 2, 2]),
    ("refs-of-six-columns", (5,), [[], [0, 3], [], [], [0, 3], []]),
    ("ordinals-of-nothing", (5,), [[], [0, 3], [], [0, 1], [0, 3], [], []]),
    ("supersede-sources-of-nothing", (5,), [[1], [0, 3], [0], [], [0, 3], [], []]),
    ("supersede-counts-of-nothing", (5,), [[], [1, 3], [], [], [0, 3], [], []]),
    ("cover-indices-of-nothing", (5,), [[], [0, 3], [], [], [0, 3], [], [0]]),
    ("cover-counts-of-nothing", (5,), [[], [0, 3], [], [], [1, 3], [], []]),
    ("no-counts", (5,), [[], [], [], [], [0, 3], [], []]),
    ("source-array", (5, 0), [[1], OTHER]),
    ("source-nil", (5, 0), [None, OTHER]),
    ("source-of-8-bytes", (5, 0), [1, OTHER[:8]]),
    ("source-of-32-bytes", (5, 0), [1, OTHER * 2]),
    ("distance-negative", (5, 0), [-1, OTHER]),
    ("supersede-counts-short", (5, 1), [1, 1]),
    ("supersede-counts-too-high", (5, 1), [1, 3]),
    ("ordinals-missing", (5, 3), []),
    ("ordinal-negative", (5, 3), [-1, 1]),
    ("cover-counts-too-low", (5, 4), [0, 3]),
    ("cover-index-missing", (5, 6), []),
    ("cover-index-negative", (5, 6), [-1]),
]

WAYS: list[Fault] = [
    ("forms-out-of-order", (3, 0), [1, 1, 0, 1]),
    ("form-unused", (0,), [FORM, b"", OTHER]),
    ("form-twice", (0, 1), FORM),
    ("form-unknown", (3, 0), [0, 1, 2, 1]),
    ("records-out-of-order", (4, 1), [1, 1, 0]),
    ("record-twice", (1, 1, 1), RECORD),
    ("context-unused", (1,), [[["f", None, None]], [RECORD, OTHER]]),
    ("context-twice", (1,), [[["f", None, None], ["f", None, None]], [[0, "d"], [1, "e"]]]),
    ("contexts-out-of-order", (1,), [[["f", None, None], ["g", None, None]], [[1, "d"], [0, "d"]]]),
    ("context-unknown", (1,), [[["f", None, None]], [RECORD, [1, None]]]),
    ("record-unused", (4, 1), [0, 0, 0]),
    ("record-unknown", (4, 1), [0, 0, 2]),
    ("fields-out-of-order", (4, 2), [1, 0, 2]),
    ("field-twice", (2, 2), "a"),
    ("field-unused", (4, 2), [0, 1, 1]),
    ("sources-out-of-order", (5, 2), [1]),
    ("source-twice", (5, 0), [1, 1]),
    ("source-unused", (5, 0), [1, OTHER, RECORD]),
    ("runs-of-one-value", (4, 0), [1, 1, 1, 1, 5, 1]),
    ("run-of-nothing", (4, 0), [1, 2, 3, 0, 5, 1]),
    ("own-unit-spelt-out", (1,), [[["f", UNIT, None]], [RECORD, [0, None]]]),
    ("field-nfd", (2, 0), "e\u0301"),
    ("row-key-nfd", (2, 1), ["r", ["e\u0301"], "c"]),
    ("family-nfd", (1,), [[["e\u0301", None, None]], [RECORD, [0, None]]]),
]

LIMITS: list[Fault] = [
    ("field-of-65-bytes", (2, 0), "x" * 65),
    ("field-of-66-bytes-in-33-letters", (2, 0), "đ" * 33),
    ("cell-of-65-bytes", (2, 1), ["r", ["k"], "x" * 65]),
    ("row-key-of-65-bytes", (2, 1), ["r", ["x" * 32, "y" * 33], "c"]),
    ("family-of-65-bytes", (1,), [[["x" * 65, None, None]], [RECORD, [0, None]]]),
    ("directive-of-65-bytes", (1,), [[["f", None, None]], [RECORD, [0, "x" * 65]]]),
    ("kind-2-53", (4, 0), [2**53, 2, 5, 1]),
    ("minutes-2-53", (3, 2), [2**53]),
    ("minutes-beyond-all-time", (3, 2), [INTEGER_MAX]),
    ("distance-2-53", (5, 0), [2**53, OTHER]),
    ("ordinal-2-53", (5, 3), [2**53, 1]),
    ("cover-index-2-53", (5, 6), [2**53]),
    ("operations-513", (4, 0), [1, 512, 5, 1]),
    ("operations-beyond-count", (4, 0), [1, INTEGER_MAX]),
    ("references-4097", (5, 3), [0, SET_REFERENCES_MAX + 1]),
    ("records-nested-nine-deep", (1, 1), [[[[[[[[]]]]]]]]),
]

FLOATS: list[Fault] = [
    (f"{name}-{at}", path, value)
    for name, value in (("float", 0.0), ("map", {}))
    for at, path in enumerate(
        [(0, 0), (1, 1, 0), (2, 0), (3, 0, 0), (3, 2, 0), (4, 1, 0), (5, 0, 0), (5, 6, 0)]
    )
]

VALUES: list[tuple[str, str, Any]] = [
    ("values-nil", "malformed", None),
    ("values-number", "malformed", 5),
    ("values-text", "malformed", "redacted"),
    ("values-empty-array", "malformed", []),
    ("values-too-few", "malformed", [[], 1, 2]),
    ("values-too-many", "malformed", [[], 1, 2, ["x", None], 4]),
    ("values-float", "malformed", [[], 1.0, 2, ["x", None]]),
    ("values-map", "malformed", [[], {"a": 1}, 2, ["x", None]]),
    ("values-nfd", "not-canonical", [[], "e\u0301", 2, ["x", None]]),
    ("values-2-53", "over-limit", [[], 2**53, 2, ["x", None]]),
    ("values-nested-nine-deep", "over-limit", [[], [[[[[[[[1]]]]]]]], 2, ["x", None]]),
    ("salts-nil", "malformed", [None, 1, 2, ["x", None]]),
    ("salts-odd", "malformed", [[0], 1, 2, ["x", None]]),
    ("salt-of-15-bytes", "malformed", [[0, b"s" * 15], 1, 2, ["x", None]]),
    ("salt-text", "malformed", [[0, "s" * 16], 1, 2, ["x", None]]),
    ("salt-for-no-save", "malformed", [[2, b"s" * 16], 1, 2, ["x", None]]),
    ("salt-for-save-minus-one", "malformed", [[-1, b"s" * 16], 1, 2, ["x", None]]),
    ("salt-for-save-true", "malformed", [[True, b"s" * 16], 1, 2, ["x", None]]),
    ("salts-descending", "not-canonical", [[1, b"s" * 16, 0, b"t" * 16], 1, 2, ["x", None]]),
    ("salt-twice", "not-canonical", [[0, b"s" * 16, 0, b"s" * 16], 1, 2, ["x", None]]),
    ("redacted-without-commitments", "malformed", ["redacted"]),
    ("redacted-text", "malformed", ["redacted", "c" * 64]),
    ("redacted-too-few", "malformed", ["redacted", bytes(32)]),
    ("redacted-too-many", "malformed", ["redacted", bytes(96)]),
    ("redacted-an-operation-each", "malformed", ["redacted", bytes(96)]),
    ("redacted-and-more", "malformed", ["redacted", bytes(64), None]),
    ("redacted-otherwise", "malformed", ["erased", bytes(64)]),
]

KIND_VALUES: list[tuple[str, int, Any]] = [
    ("count-0", 2, 0), ("count-over", 2, 10**6 + 1), ("count-under", 2, -(10**6) - 1), ("count-true", 2, True),
    ("count-nil", 2, None), ("add-nil", 3, None), ("add-number", 3, 1), ("add-empty-array", 3, []),
    ("add-65-bytes", 3, "x" * 65), ("add-bin-65-bytes", 3, bytes(65)), ("add-key-65-bytes", 3, ["x" * 33, "đ" * 16]),
    ("remove-nested", 4, ["a", ["b"]]), ("note-text", 5, "x"), ("note-one-part", 5, ["x"]),
    ("note-reply-of-15-bytes", 5, ["x", b"r" * 15]), ("void-nil", 6, None), ("restore-number", 7, 1),
    ("note-reply-of-text", 5, ["x", "r" * 16]), ("attest-text", 8, "confirmed"), ("attest-two-letters", 8, "ok"),
    ("attest-without-reason", 8, ["confirmed"]), ("link-record-only", 9, [OTHER]),
    ("link-record-of-15-bytes", 9, [OTHER[:15], SCOPE]), ("link-scope-of-16-bytes", 9, [OTHER, OTHER]), ("unknown-nil", 10, None), ("unknown-text", 31, "x"),
]  # fmt: skip


def _spoilt(parts: Any, path: Path, value: Any) -> bytes:
    place = parts
    for step in path[:-1]:
        place = place[step]
    place[path[-1] : path[-1] + 1] = [value]
    return msgspec.msgpack.encode(parts)


def _with(name: str, comment: str, code: str, flag: str, **parts: bytes) -> Case:
    return invalid(name, comment, code, flag, **as_hex(msgspec.structs.replace(WHOLE.parts, **parts)))


def _headers() -> Iterator[Case]:
    for name, code, path, value in HEADERS:
        data = _spoilt(msgspec.msgpack.decode(WHOLE.parts.header), path, value)
        yield _with(f"header-{name}", "a header with this fault", code, "header", header=data)
    parts = msgspec.msgpack.decode(WHOLE.parts.header)
    parts[3] = AUTHORITY_SCOPE
    for name, acting in (("nil", None), ("of-15-bytes", CERTIFICATE[:15]), ("text", "c" * 16)):
        data = msgspec.msgpack.encode([*parts, acting])
        yield _with(
            f"header-acting-{name}",
            "an authority set without its certificate",
            "malformed",
            "header",
            header=data,
        )
    yield _with("header-empty", "no header", "malformed", "header", header=b"")
    yield _with("header-map", "a map for a header", "malformed", "header", header=b"\x80")
    longer = b"\xdc\x00\x09" + WHOLE.parts.header[1:]
    yield _with("header-longer", "a header in a longer encoding", "not-canonical", "header", header=longer)
    yield _with(
        "header-behind",
        "a byte behind the header",
        "malformed",
        "header",
        header=WHOLE.parts.header + b"\x00",
    )


def _bodies() -> Iterator[Case]:
    faults = [("malformed", SHAPES), ("not-canonical", WAYS), ("over-limit", LIMITS), ("malformed", FLOATS)]
    for code, several in faults:
        for name, path, value in several:
            data = _spoilt(msgspec.msgpack.decode(WHOLE.parts.structure), path, value)
            yield _with(f"structure-{name}", "a structure with this fault", code, "structure", structure=data)
    data = msgspec.msgpack.encode(
        [[], [[], []], [], [[], [], []], [[], [], []], [[], [], [], [], [], [], []]]
    )
    yield _with(
        "nothing-at-all", "a set without saves", "malformed", "structure", structure=data, values=encode([[]])
    )
    data = _spoilt(msgspec.msgpack.decode(WHOLE.parts.structure), (4, 2), [0, 1, 2, 2])
    values_too = encode([[], 1, 2, ["x", None], ["x", None]])
    comment = "a field and a value without an operation"
    yield _with("value-of-no-operation", comment, "malformed", "structure", structure=data, values=values_too)
    for name, code, values in VALUES:
        yield _with(name, "values with this fault", code, "values", values=msgspec.msgpack.encode(values))
    for name in ("structure", "values"):
        whole: bytes = getattr(WHOLE.parts, name)
        longer = b"\xdc" + (whole[0] - 0x90).to_bytes(2) + whole[1:]
        for fault, code, spoilt in (
            ("longer", "not-canonical", longer),
            ("behind", "malformed", whole + b"\xc0"),
            ("cut", "malformed", whole[:-1]),
            ("empty", "malformed", b""),
        ):
            yield _with(f"{name}-{fault}", "bytes with this fault", code, name, **{name: spoilt})
    structure, _ = encode_body([save(put(1))])
    for name, kind, value in KIND_VALUES:
        data = _spoilt(msgspec.msgpack.decode(structure), (4, 0), [kind, 1])
        values = msgspec.msgpack.encode([[], value])
        comment = "a value that its kind of operation does not have"
        yield _with(f"value-{name}", comment, "malformed", "kind", structure=data, values=values)


def _scopes() -> Iterator[Case]:
    entry = encode_body([save(Operation(DIRECTIVE, RECORD, "", []))])
    report = encode_body([save(Operation(PUT, RECORD, "", []))])
    authority = encode_header(header(scope=AUTHORITY_SCOPE, acting=CERTIFICATE))
    for name, head, (structure, values) in (
        ("entry-in-a-report-scope", encode_header(FIRST), entry),
        ("report-in-an-authority-scope", authority, report),
    ):
        yield _with(name, "a kind outside its scopes", "malformed", "scope",
                    header=head, structure=structure, values=values)  # fmt: skip


def _long() -> Iterator[Case]:
    deep = repeated(b"", b"\x91", 10_000, b"\xc0")
    for name in ("header", "structure", "values"):
        parts = {**as_hex(WHOLE.parts), name: deep}
        yield invalid(f"{name}-ten-thousand-deep", "10,000 arrays", "over-limit", "long", **parts)
    text = repeated(b"\x94\x90\xda\x40\x01", b"x", 16_385, encode(2) + encode(["x", None]))
    yield invalid(
        "value-of-16385-bytes",
        "a text over 16 KiB",
        "over-limit",
        "long",
        **{**as_hex(WHOLE.parts), "values": text},
    )
    large = repeated(b"\x94\x90\xc6\x00\x04\x00\x00", b"\x00", 256 * 1024, encode(2) + encode(["x", None]))
    over = {**as_hex(WHOLE.parts), "values": large}
    yield invalid("set-over-256-kibibytes", "a bin of 256 KiB", "over-limit", "long", **over)
    bare = repeated(b"\x92\xa8redacted\xc6\x00\x04\x00\x00", b"\x00", 256 * 1024)
    over = {**as_hex(WHOLE.parts), "values": bare}
    yield invalid("redacted-over-256-kibibytes", "commitments of 256 KiB", "over-limit", "long", **over)


def _signatures() -> Iterator[Case]:
    good = WHOLE.parts.signature
    for bit in (0, 7, 255, 256, 400, 511):
        spoilt = bytearray(good)
        spoilt[bit // 8] ^= 1 << bit % 8
        comment = f"bit {bit} of the signature flipped"
        yield _with(f"signature-bit-{bit}", comment, "bad-signature", "signature", signature=bytes(spoilt))
    others: Sequence[tuple[str, str, dict[str, bytes]]] = [
        ("zeros", "a signature of zeros", {"signature": bytes(64)}),
        ("other-time", "another claimed time", {"header": encode_header(LATER)}),
        ("other-value", "another value", {"values": encode([[1, b"s" * 16], 1, 3, ["x", None]])}),
        ("other-salt", "another salt", {"values": encode([[1, b"t" * 16], 1, 2, ["x", None]])}),
        ("no-salt", "the salt left out", {"values": encode([[], 1, 2, ["x", None]])}),
        ("salt-moved", "the salt at another save", {"values": encode([[0, b"s" * 16], 1, 2, ["x", None]])}),
        ("other-commitments", "redacted to other commitments", {"values": encode(["redacted", bytes(64)])}),
        ("other-record", "another record", {"structure": _other_record()}),
    ]
    for name, comment, parts in others:
        yield _with(f"signature-{name}", comment, "bad-signature", "signature", **parts)
    swapped = redact(WHOLE)
    half = swapped.values[:-64] + swapped.values[-32:] + swapped.values[-64:-32]
    yield _with(
        "signature-commitments-swapped",
        "commitments in another order",
        "bad-signature",
        "signature",
        values=half,
    )
    for size in (0, 63, 65):
        yield _with(f"signature-of-{size}-bytes", "a signature of another size", "malformed", "signature",
                    signature=bytes(size))  # fmt: skip


def _other_record() -> bytes:
    return _spoilt(msgspec.msgpack.decode(WHOLE.parts.structure), (1, 1, 0), OTHER)


def cases() -> Iterator[Case]:
    """All sets that must be refused."""
    for several in (_headers, _bodies, _scopes, _long, _signatures):
        yield from several()
