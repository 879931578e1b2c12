"""The vectors of the server's log and of signed statements."""

from typing import Any

import msgspec

from haidang_protocol import canonical, merkle, statements
from haidang_protocol.ids import key_id
from haidang_protocol.statements import OwnTip, Receipt, ReceiptEntry, Statement
from vectors.wire_material import (
    AUTHORITY_SCOPE,
    REPORT_SCOPE,
    flipped,
    hexed,
    key_of,
    named,
    plain,
    public_key,
)

Case = dict[str, Any]

# ---------------------------------------------------------------------------------------------------------- merkle

LEAF_DATA = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]


def merkle_cases() -> list[Case]:
    """Roots of the Certificate Transparency tests, and proofs over their leaves."""
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in LEAF_DATA]
    store = {(node.level, node.place): node.hash for node in merkle.append(0, [], leaves)[0]}

    def read(level: int, place: int) -> bytes:
        return store[level, place]

    roots = [merkle.root(size, read) for size in range(9)]
    cases: list[Case] = [
        {"id": f"root-{size}", "comment": f"the tree over the first {size} of eight leaves", "flags": ["Root"],
         "leaves": LEAF_DATA[:size], "root": root.hex(), "result": "valid"}
        for size, root in enumerate(roots)
    ]  # fmt: skip
    for place, size in ((0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (6, 7), (4, 5)):
        base = {"leaf": leaves[place].hex(), "place": place, "size": size, "root": roots[size].hex()}
        path = merkle.inclusion_proof(place, size, read)
        for flag, hashes, result in tampered(path):
            cases.append(
                {"id": f"inclusion-{place}-of-{size}-{flag}", "comment": f"leaf {place} of {size}",
                 "flags": ["Inclusion", flag], **base, "proof": hexed(hashes), "result": result}
            )  # fmt: skip
        cases.append(
            {"id": f"inclusion-{place}-of-{size}-Elsewhere", "comment": "the proof of another place",
             "flags": ["Inclusion", "Elsewhere"], **base, "place": place + 1, "proof": hexed(path), "result": BAD_PROOF}
        )  # fmt: skip
    for first, second in ((0, 5), (1, 8), (3, 7), (4, 8), (6, 8), (7, 8), (8, 8)):
        base = {
            "first": first,
            "first_root": roots[first].hex(),
            "second": second,
            "second_root": roots[second].hex(),
        }
        for flag, hashes, result in tampered(merkle.consistency_proof(first, second, read)):
            cases.append(
                {"id": f"consistency-{first}-{second}-{flag}", "comment": f"from {first} leaves to {second}",
                 "flags": ["Consistency", flag], **base, "proof": hexed(hashes), "result": result}
            )  # fmt: skip
        cases.append(
            {"id": f"consistency-{first}-{second}-Rollback", "comment": "the earlier log held something else",
             "flags": ["Consistency", "Rollback"], **base, "first_root": named("other").hex(),
             "proof": hexed(merkle.consistency_proof(first, second, read)), "result": BAD_PROOF}
        )  # fmt: skip
    return cases


BAD_PROOF = "bad-proof"


def tampered(proof: list[bytes]) -> list[tuple[str, list[bytes], str]]:
    """(flag, proof, result): as it is, and changed in each way."""
    found = [("Sound", proof, "valid"), ("TooLong", [*proof, named("more")], BAD_PROOF)]
    if proof:
        found += [
            ("TooShort", proof[:-1], BAD_PROOF),
            ("Flipped", [flipped(proof[0], 5), *proof[1:]], BAD_PROOF),
        ]
    if len(proof) > 1:
        found.append(("Swapped", [proof[1], proof[0], *proof[2:]], BAD_PROOF))
    return found


# ------------------------------------------------------------------------------------------------------ statements


def sample_statements() -> list[Statement]:
    """One of each kind, and a few at the edges."""
    server, root = key_id(public_key("hub")), named("root")
    tip = OwnTip(REPORT_SCOPE, 0, 41, named("tip"))
    prelude = statements.Prelude(
        server, key_id(public_key("phone")), named("nonce")[:16], 3, 120, 70_000, 70_500, root,
        statements.KnownRoot(70_900, named("newest")), (tip,), (statements.ScopeCursor(AUTHORITY_SCOPE, 5),),
        1_000_000, named("digest"), (statements.KnownRoot(65_536, named("older")),),
    )  # fmt: skip
    return [
        statements.Checkpoint(server, 3, 70_901, root, 1_790_000_000),
        Receipt(
            server,
            3,
            named("digest"),
            1_790_000_000,
            70_903,
            root,
            (ReceiptEntry(named("tip"), 2, 70_901, 0),),
        ),
        Receipt(server, 0, named("digest"), 0, 0, merkle.EMPTY_ROOT, ()),
        statements.Reply(server, named("digest"), named("messages")),
        statements.Hello(server, named("nonce")[:16], named("tls"), named("answer")[:16], 3, 70_901, root),
        statements.Hello(
            server, named("nonce")[:16], b"", named("answer")[:16], 2**53 - 1, 0, merkle.EMPTY_ROOT
        ),
        prelude,
        msgspec.structs.replace(
            prelude, nonce=None, size=0, root=None, newest=None, tips=(), exceptions=(), checkpoints=()
        ),
    ]


def statement_cases() -> list[Case]:
    """Each statement signed, and what must be refused of it."""
    cases: list[Case] = []
    key = key_of("hub")
    for number, statement in enumerate(sample_statements()):
        kind = type(statement)
        domain = statements.DOMAINS[kind]
        data = canonical.encode(statement)
        fields = canonical.decode(data)
        other = next(each for each in statements.DOMAINS.values() if each != domain)
        padded = b"\xdc\x00" + bytes([data[0] & 15]) + data[1:]
        variants = [
            ("Sound", domain, data, "valid"),
            ("OtherDomain", other, data, "bad-signature"),
            ("SetDomain", b"haidang/set/1\x00", data, "bad-signature"),
            ("NotCanonical", domain, padded, "not-canonical"),
            ("FieldMissing", domain, canonical.encode(fields[:-1]), "malformed"),
            ("FieldMore", domain, canonical.encode([*fields, None]), "malformed"),
            ("ShortId", domain, canonical.encode([fields[0][:-1], *fields[1:]]), "malformed"),
            ("BytesBehind", domain, data + b"\xc0", "malformed"),
        ]
        for flag, signed_in, bytes_of, result in variants:
            cases.append(
                {"id": f"{kind.__name__.lower()}-{number}-{flag}", "comment": f"a {kind.__name__.lower()}", "flags": [flag],
                 "kind": kind.__name__.lower(), "public_key": public_key("hub").hex(), "data": bytes_of.hex(),
                 "signature": key.sign(signed_in + bytes_of).hex(), "result": result}
            )  # fmt: skip
            if result == "valid":
                cases[-1]["fields"] = plain(statement)
    return cases
