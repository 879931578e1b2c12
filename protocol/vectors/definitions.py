"""Fill in what follows from the hand-written parts of the vectors of definitions: `python protocol/vectors/definitions.py`.

With `--check` nothing is written, and the exit code says whether something would have been.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from haidang_protocol import canonical
from haidang_protocol.definitions.expression_text import compile_expression
from haidang_protocol.definitions.expressions import encode_tree
from haidang_protocol.definitions.form_json import read_form
from haidang_protocol.definitions.forms import form_id
from haidang_protocol.definitions.periods import period_id

HERE = Path(__file__).parent


def with_tree(case: dict[str, Any]) -> dict[str, Any]:
    """Add the tree of a case's expression, as JSON and as MessagePack."""
    tree = compile_expression(case["expression"])
    return case | {"tree": msgspec.to_builtins(tree), "bytes": encode_tree(tree).hex()}


def with_identity(case: dict[str, Any]) -> dict[str, Any]:
    """Add the bytes and the id of a case's form, or the id of its period."""
    if "form" not in case:
        return case | {"id16": period_id(case["regime"], case["kind"], case["start"]).hex()}
    form = read_form(json.dumps(case["form"]))
    return case | {"bytes": canonical.encode(form).hex(), "id16": form_id(form).hex()}


def rendered(vectors: dict[str, Any]) -> str:
    """Write vectors with one case a line."""
    parts = [f'"schema": {json.dumps(vectors["schema"])}']
    for name in ("notes", "cases"):
        entries = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in vectors[name])
        parts.append(f'"{name}": [\n{entries}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


FILES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "answers.json": lambda case: case,
    "definitions.json": with_identity,
    "expressions.json": with_tree,
    "text.json": lambda case: case,
}


def main(*, check: bool) -> int:
    """Write the files, or tell how many differ."""
    stale = 0
    for name, completed in FILES.items():
        before = (HERE / name).read_text()
        vectors = json.loads(before)
        after = rendered(vectors | {"cases": [completed(case) for case in vectors["cases"]]})
        if after != before:
            stale += 1
            print(f"{name} {'is stale' if check else 'written'}")
        if not check:
            (HERE / name).write_text(after)
    return stale if check else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
