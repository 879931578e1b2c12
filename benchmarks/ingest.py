"""How fast a hub takes in what it verifies and keeps: `python benchmarks/ingest.py [--json] [--scale 10] [--runs 5] [--quick]`.

The province week (`workload.py`; at scale 10 1,600 devices with 250 edits each, 400,000 edits), sealed in sets of 20 operations,
pushed to `haidang-server serve` over HTTP, one request a device with all its sets, over a few connections from a process of
its own. The hub checks every signature, merges, and answers after its fsync (SQLite, FULL): a reply is a receipt. In turn
with it, on the same machine, the same edits as Yjs updates go to pycrdt-websocket, which checks no signatures.

Keys, certificates, sealing and Yjs updates are prepared outside the measured time and kept in the folder for temporary
files. After each run everything is looked at: no edit may be missing, and every cell must hold what it should.
"""

import argparse
import json
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, Final

import bytes_per_edit
from charts import Bar, show
from hub_runs import Run, prepare, push
from machine import Others, machine
from peer_runs import PeerRun, prepare_peer, push_peer
from prepared import prepared_folder

EDITS_IN_SET: Final = 20
CONNECTIONS: Final = 32
PEER_CONNECTIONS: Final = 8
"""With more the peer stores less a second, and its rooms fail one another."""
TARGET: Final = 40_000
SOURCES: Final = (
    *(f"benchmarks/{name}.py" for name in ("deployment", "hub_runs", "peer_runs", "province", "workload")),
    *("protocol/haidang_protocol/*.py", "server/haidang_server/migrations.py"),
    "server/haidang_server/sqlite_store.py",
)


def measure(scale: int, runs: int, connections: int) -> dict[str, Any]:
    """Both servers in turn; medians, and the smallest and the largest of each rate."""
    folder = prepared_folder("ingest", SOURCES) / f"x{scale}"
    week, peer_week = prepare(folder, scale, EDITS_IN_SET), prepare_peer(folder, scale)
    print(f"{week.expected.edits} edits are ready in {folder}", flush=True)
    ours: list[Run] = []
    theirs: list[PeerRun] = []
    others = Others()
    for number in range(1, runs + 1):
        run = push(week, folder / "run", connections)
        peer = push_peer(peer_week, folder / "peer", PEER_CONNECTIONS)
        ours.append(run)
        theirs.append(peer)
        print(
            f"run {number}: hub {week.expected.edits / run.seconds:8,.0f} edits/s"
            f"   pycrdt-websocket {peer_week.edits / peer.seconds:8,.0f} stored,"
            f" {peer_week.edits / peer.answered_seconds:8,.0f} answered",
            flush=True,
        )
    edits = week.expected.edits
    result = {
        "push_edits_per_s": rate(edits, [run.seconds for run in ours]),
        "pycrdt_websocket_edits_per_s": rate(edits, [run.seconds for run in theirs]),
        "pycrdt_websocket_answered_edits_per_s": rate(edits, [run.answered_seconds for run in theirs]),
        "push_p99_ms": round(median(_p99(run.latencies) for run in ours) * 1000, 1),
        "push_min_max": spread(edits, [run.seconds for run in ours]),
        "pycrdt_websocket_min_max": spread(edits, [run.seconds for run in theirs]),
        "hub_cpu_us_per_edit": round(median(run.server_cpu_seconds for run in ours) / edits * 1e6, 2),
        "pycrdt_websocket_cpu_us_per_edit": round(
            median(run.server_cpu_seconds for run in theirs) / edits * 1e6, 2
        ),
        "hub_rss_mib": round(median(run.rss_mib for run in ours)),
        "pycrdt_websocket_rss_mib": round(median(run.rss_mib for run in theirs)),
        "edits": edits,
        "edits_in_set": EDITS_IN_SET,
        "runs": runs,
        "connections": connections,
        "pycrdt_websocket_connections": PEER_CONNECTIONS,
        "processors_used_by_others": others.share(),
    }
    return result | {"ratio": round(result["push_edits_per_s"] / result["pycrdt_websocket_edits_per_s"], 2)}


def rate(edits: int, seconds: Sequence[float]) -> int:
    """Edits a second, by the median run."""
    return round(edits / median(seconds))


def spread(edits: int, seconds: Sequence[float]) -> list[int]:
    """Edits a second, by the slowest and by the fastest run."""
    return [round(edits / max(seconds)), round(edits / min(seconds))]


def _p99(latencies: Sequence[float]) -> float:
    return quantiles(latencies, n=100)[-1]


def draw(result: dict[str, Any]) -> None:
    """What a person looks at."""
    show(
        "Edits a second, all kept (longer is better)",
        [
            Bar("Hải Đăng: signed, verified, stored", result["push_edits_per_s"]),
            Bar("pycrdt-websocket: stored", result["pycrdt_websocket_edits_per_s"]),
            Bar("pycrdt-websocket: answered", result["pycrdt_websocket_answered_edits_per_s"]),
            Bar("budget", TARGET),
        ],
    )
    show(
        "Microseconds of the server's processors for an edit (shorter is better)",
        [
            Bar("Hải Đăng", result["hub_cpu_us_per_edit"]),
            Bar("pycrdt-websocket", result["pycrdt_websocket_cpu_us_per_edit"]),
        ],
    )
    print(
        f"\n{result['ratio']} times pycrdt-websocket; 99 of 100 requests answered in {result['push_p99_ms']} ms"
    )
    print(f"others used {result['processors_used_by_others']:.0%} of the processors meanwhile")


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--scale", type=int, default=10, help="so many provinces of 160 devices (default 10)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each server (default 5)")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="devices that push at once")
    parser.add_argument("--quick", action="store_true", help="a tenth of the edits, one run")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.scale, arguments.runs = 1, 1
    result = measure(arguments.scale, arguments.runs, arguments.connections)
    for name, edits_in_set in (("one_set", 250), ("fifty_sets", 5)):
        result[f"bytes_per_edit_{name}"] = bytes_per_edit.measure(edits_in_set)["bytes_per_edit"]
    result["machine"] = machine("pycrdt", "pycrdt-websocket", "pycrdt-store")
    draw(result)
    if arguments.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
