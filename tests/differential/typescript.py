"""The phone's protocol as an engine beside the others: one process of it, asked line by line (pwa/tests/harness.ts)."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from haidang_protocol.envelope import OpenedSet, SetBytes
from haidang_protocol.ledger import Ledger, combined
from haidang_protocol.logs import forks, tips
from tests.protocol.engines import Judged, Said
from tests.protocol.model_held import Slot

PWA = Path(__file__).parents[2] / "pwa"
HARNESS = PWA / "tests" / "harness.ts"
CONFIG = PWA / "tests" / "node.config.ts"


class Harness:
    """A running Node process; bundled anew each time, so that what is tested is what is there."""

    def __init__(self, folder: Path) -> None:
        bundle = ["npx", "--no-install", "vite", "build", "--config", str(CONFIG), "--ssr", str(HARNESS)]
        line = [*bundle, "--outDir", str(folder)]
        done = subprocess.run(line, cwd=PWA, check=False, capture_output=True, text=True)
        assert done.returncode == 0, (
            f"the harness could not be built; was `npm ci` run in pwa/?\n{done.stderr}"
        )
        (folder / "package.json").write_text('{"type": "module"}')
        self._node = subprocess.Popen(
            ["node", str(folder / "harness.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._node.__exit__(None, None, None)

    def ask(self, **request: object) -> Any:
        """The answer to one request."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps(request) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        assert line, "the harness ended; its last words stand in the captured output"
        return json.loads(line)

    def judged(self, genesis: bytes, delivery: Sequence[Sequence[OpenedSet]]) -> Any:
        """What a ledger in TypeScript says after these commits, as `told` puts it."""
        commits = [[unhexed(s.parts) for s in commit] for commit in delivery]
        return self.ask(judge=[genesis.hex(), commits])

    def opened(self, sets: Iterable[SetBytes]) -> list[str]:
        """The id of each set, or the code of its refusal."""
        answer: list[str] = self.ask(open=[unhexed(parts) for parts in sets])
        return answer


def unhexed(parts: SetBytes) -> list[str]:
    """The four parts as the harness takes them."""
    return [part.hex() for part in msgspec.structs.astuple(parts)]


def told(judged: Judged, ledger: Ledger) -> dict[str, Any]:
    """What a ledger in Python says, as the harness would tell it."""
    digests = {scope: ledger.scope_digests(scope) for scope in ledger.scopes()}
    held = {scope: {h.facts.id: h.facts for h in ledger.store.in_scope(scope)} for scope in digests}
    return {
        "combined": [part.hex() for part in msgspec.structs.astuple(combined(digests))],
        "tips": {scope.hex(): _hexed(tips(sets, ledger.complete)) for scope, sets in held.items()},
        "forks": {
            scope.hex(): [_hexed(each) for each in forks(sets.values())] for scope, sets in held.items()
        },
        "wrong": False,
        "verdicts": {set_id.hex(): list(verdict) for set_id, verdict in judged.verdicts.items()},
        "live": {
            scope.hex(): {_place(slot): _hexed(ids) for slot, ids in slots.items()}
            for scope, slots in judged.live.items()
        },
        "digests": {scope.hex(): [part.hex() for part in each] for scope, each in judged.digests.items()},
        "said": {scope.hex(): _said(each) for scope, each in judged.said.items()},
        "dropped": _hexed(judged.dropped),
    }


def _said(said: Said) -> dict[str, Any]:
    return {
        "conflicts": sorted(map(_place, said.conflicts)),
        "hidden": sorted(map(_place, said.hidden)),
        "tallies": {_place(slot): total for slot, total in said.tallies.items()},
        "elements": {_place(slot): _hexed(each) for slot, each in said.elements.items()},
        "stale": _hexed(said.stale),
    }


def _place(slot: Slot) -> str:
    record, name = slot
    return f"{record.hex()} {name}"


def _hexed(items: Iterable[bytes]) -> list[str]:
    return sorted(item.hex() for item in items)


def differences(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """What two answers say differently, a line for each place."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in sorted({*ours, *theirs}):
            yield from differences(ours.get(key), theirs.get(key), f"{place} {key}")
    elif ours != theirs:
        yield f"{place}: Python {ours} TypeScript {theirs}"
