"""Which records a stored set is about, and by which form."""

from haidang_protocol.columns import decode_body


def touched_records(structure: bytes, values: bytes, scope: bytes) -> dict[bytes, bytes]:
    """The records that a set of a scope states something about, each with the form (id, or empty) of the last save that does."""
    body = decode_body(structure, values, scope)
    return {record: body.forms[save] for record, save in zip(body.record_ids, body.save_of, strict=True)}
