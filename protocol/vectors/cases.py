"""The form of a case, and how it is written: one a line, so that a difference shows as one."""

import json
from collections.abc import Sequence
from typing import Any

Case = dict[str, Any]


def valid(name: str, comment: str, *flags: str, **data: Any) -> Case:
    """A case that must be taken, with what must come of it."""
    return {"id": name, "comment": comment, "flags": list(flags), **data, "result": "valid"}


def invalid(name: str, comment: str, code: str, *flags: str, **data: Any) -> Case:
    """A case that must be refused with this code."""
    return {"id": name, "comment": comment, "flags": list(flags), **data, "result": "invalid", "code": code}


def repeated(head: bytes, fill: bytes, times: int, tail: bytes = b"") -> Case:
    """Long bytes, written short: head, then `times` times fill, then tail."""
    return {"head": head.hex(), "fill": fill.hex(), "times": times, "tail": tail.hex()}


def unpacked(data: str | Case) -> bytes:
    """Bytes as a case holds them: hex, or what `repeated` wrote."""
    if isinstance(data, str):
        return bytes.fromhex(data)
    head, fill, tail = (bytes.fromhex(data[name]) for name in ("head", "fill", "tail"))
    return head + fill * int(data["times"]) + tail


def tagged(value: Any) -> Any:
    """A canonical value as JSON: bin as `{"bin": hex}`, all else as itself."""
    if isinstance(value, bytes):
        return {"bin": value.hex()}
    return [tagged(item) for item in value] if isinstance(value, list | tuple) else value


def rendered(schema: str, notes: Sequence[str], cases: Sequence[Case]) -> str:
    """The text of a file of vectors."""
    lists = {"notes": notes, "cases": cases}
    parts = [f'"schema": {json.dumps(f"haidang/vectors/{schema}/1")}']
    for name, entries in lists.items():
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"
