"""H2: statements are canonical arrays, signed each in a domain of its own."""

from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol import canonical, envelope
from haidang_protocol.envelope import SetBytes, open_set
from haidang_protocol.errors import MalformedError, NotCanonicalError, ProtocolError, SignatureError
from haidang_protocol.limits import CHECKPOINTS_MAX, OWN_TIPS_MAX
from haidang_protocol.statements import (
    DOMAINS,
    SEALED_BYTES_MAX,
    Checkpoint,
    Deposit,
    Hello,
    KnownRoot,
    LogLeaf,
    OwnTip,
    Prelude,
    Receipt,
    Reply,
    Signed,
    Statement,
    decode,
    log_leaf,
    sign,
    verify,
)
from tests.protocol import wire

KEY = wire.signer("hub")
PUBLIC = KEY.public_key()

BY_KIND: dict[type[Statement], st.SearchStrategy[Any]] = {
    Checkpoint: wire.checkpoints,
    Receipt: wire.receipts,
    Reply: wire.replies,
    Hello: wire.hellos,
    Prelude: wire.preludes(),
    Deposit: wire.deposits,
}


def test_every_kind_of_statement_has_a_domain_of_its_own() -> None:
    assert set(DOMAINS) == set(BY_KIND) == set(Statement.__subclasses__())
    assert len(set(DOMAINS.values())) == len(DOMAINS)


@given(wire.statements)
def test_a_statement_comes_back_as_it_was_signed(statement: Statement) -> None:
    signed = sign(statement, KEY)
    assert verify(type(statement), signed, PUBLIC) == statement
    fields = canonical.decode(signed.data)
    assert len(fields) == len(statement.__struct_fields__)
    assert msgspec.convert(fields, type(statement)) == statement


@given(st.data())
def test_a_signature_of_one_kind_never_passes_for_another_kind(data: st.DataObject) -> None:
    for kind, other in permutations(DOMAINS, 2):
        statement = data.draw(BY_KIND[kind])
        assert isinstance(statement, kind)
        with pytest.raises(SignatureError):
            verify(other, sign(statement, KEY), PUBLIC)


@given(wire.statements)
def test_a_signature_of_a_statement_never_passes_for_a_change_set_nor_the_other_way(
    statement: Statement,
) -> None:
    sealed = wire.log("author", 1)[0]
    author = wire.signer("author")
    forged = SetBytes(
        sealed.parts.header, sign(statement, author).signature, sealed.parts.structure, sealed.parts.values
    )
    with pytest.raises(SignatureError):
        envelope.verify(open_set(forged), author.public_key())
    for data in (sealed.signed, sealed.parts.header, canonical.encode(statement)):
        with pytest.raises(SignatureError):
            verify(type(statement), Signed(data, sealed.parts.signature), author.public_key())


def test_no_domain_is_the_start_of_another() -> None:
    domains = [*DOMAINS.values(), b"haidang/set/1\x00"]
    assert not any(one.startswith(other) for one, other in permutations(domains, 2))


@given(wire.statements, st.data())
def test_a_flipped_bit_or_another_key_is_refused(statement: Statement, data: st.DataObject) -> None:
    signed = sign(statement, KEY)
    with pytest.raises(SignatureError):
        verify(type(statement), signed, wire.signer("other").public_key())
    bit = data.draw(st.integers(0, len(signed.data) * 8 - 1))
    flipped = (int.from_bytes(signed.data) ^ (1 << bit)).to_bytes(len(signed.data))
    with pytest.raises(SignatureError):
        verify(type(statement), signed._replace(data=flipped), PUBLIC)


@given(wire.statements, st.data())
def test_a_field_of_another_type_or_size_is_refused(statement: Statement, data: st.DataObject) -> None:
    fields: list[Any] = list(canonical.decode(canonical.encode(statement)))
    at = data.draw(st.integers(0, len(fields) - 1))
    wrong: list[Any] = [1.5, True, "text", {}, -1, 2**53, bytes(SEALED_BYTES_MAX + 1), [[]]]
    fields[at] = data.draw(st.sampled_from(wrong))
    with pytest.raises(MalformedError):
        decode(type(statement), msgspec.msgpack.encode(fields))


@given(wire.statements, st.data())
def test_missing_and_added_fields_and_bytes_are_refused(statement: Statement, data: st.DataObject) -> None:
    encoded = canonical.encode(statement)
    fields: list[Any] = list(canonical.decode(encoded))
    cut = encoded[: data.draw(st.integers(0, len(encoded) - 1))]
    for bad in (cut, encoded + b"\xc0", canonical.encode(fields[:-1]), canonical.encode([*fields, None])):
        with pytest.raises(MalformedError):
            decode(type(statement), bad)


@given(wire.statements)
def test_another_encoding_of_a_statement_is_refused(statement: Statement) -> None:
    encoded = canonical.encode(statement)
    longer = b"\xdc\x00" + bytes([encoded[0] & 0x0F]) + encoded[1:]
    with pytest.raises(NotCanonicalError):
        decode(type(statement), longer)


@given(wire.preludes())
def test_a_root_stands_in_a_prelude_exactly_when_there_is_a_log(prelude: Prelude) -> None:
    fields = list(canonical.decode(canonical.encode(prelude)))
    fields[6:8] = [0, wire.digest_of("root")] if prelude.size else [1, None]
    with pytest.raises(MalformedError, match="root"):
        decode(Prelude, canonical.encode(fields))


@given(wire.hellos, st.integers(1, 31))
def test_the_digest_of_a_certificate_is_whole_or_empty(hello: Hello, size: int) -> None:
    fields = list(canonical.decode(canonical.encode(hello)))
    fields[2] = bytes(size)
    with pytest.raises(MalformedError, match="TLS"):
        decode(Hello, canonical.encode(fields))


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for kind in DOMAINS:
        with pytest.raises(ProtocolError):
            decode(kind, data)


def test_a_leaf_of_the_log_is_the_canonical_array_of_its_parts() -> None:
    leaf = LogLeaf(wire.digest_of("set"), 1_790_000_000, 2)
    assert log_leaf(leaf) == canonical.encode([wire.digest_of("set"), 1_790_000_000, 2])


@pytest.mark.parametrize(
    ("field", "item", "most"),
    [
        ("tips", OwnTip(bytes(17), 0, 0, bytes(32)), OWN_TIPS_MAX),
        ("checkpoints", KnownRoot(1, bytes(32)), CHECKPOINTS_MAX),
    ],
)
def test_a_prelude_names_no_more_tips_and_checkpoints_than_the_limits_say(
    field: str, item: object, most: int
) -> None:
    bare = Prelude(bytes(16), bytes(16), None, 0, 0, 0, 0, None, None, (), (), 0, bytes(32), ())
    full, more = (msgspec.structs.replace(bare, **{field: (item,) * count}) for count in (most, most + 1))
    assert decode(Prelude, canonical.encode(full)) == full
    with pytest.raises(MalformedError):
        decode(Prelude, canonical.encode(more))
