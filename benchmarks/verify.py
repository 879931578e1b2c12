"""How fast a replica proves that it is sound: `python benchmarks/verify.py [--json] [--quick]`.

A replica with 100,000 change sets of five operations (`replica_weeks.py`) is verified by what `haidang verify` runs: SQLite's
own check of every page; every set opened and its signature checked, by processes on all cores; all verdicts, merged records
and sums computed anew and compared; what others are based on is there. The replica is made outside the measured time.
"""

import argparse
import json
import time
from statistics import median
from typing import Any, Final

from charts import Bar, show
from machine import Others, machine
from prepared import prepared_folder
from replica_weeks import EDITS_IN_SET, open_replica, prepare_replica

from haidang_syncclient.verifying import PROCESSES, verify_replica

SETS: Final = 100_000
BUDGET_S: Final = 15.0
SOURCES: Final = (
    *(
        "benchmarks/replica_weeks.py",
        "benchmarks/province.py",
        "benchmarks/deployment.py",
        "benchmarks/workload.py",
    ),
    *("protocol/haidang_protocol/*.py", "syncclient/haidang_syncclient/*.py"),
)


def measure(sets: int, runs: int) -> dict[str, Any]:
    """Verify several times; the median, and every run's seconds.

    Raises:
        AssertionError: something is found wrong, or not everything was looked at.
    """
    path = prepare_replica(prepared_folder("verify", SOURCES), sets)
    seconds, others = [], Others()
    for number in range(1, runs + 1):
        began = time.perf_counter()
        with open_replica(path) as replica:
            found = verify_replica(replica)
        seconds.append(time.perf_counter() - began)
        assert found.sound, found.problems[:3]
        assert found.sets >= sets, f"{found.sets} sets, not {sets}"
        print(f"run {number}: {found.sets:,} sets in {seconds[-1]:.2f} s", flush=True)
    middle = median(seconds)
    return {
        "verify_100k_s": round(middle * SETS / sets, 2),
        "verify_min_max_s": [round(min(seconds), 2), round(max(seconds), 2)],
        "sets_per_s": round(sets / middle),
        "sets": sets,
        "estimated": sets != SETS,
        "operations_in_set": EDITS_IN_SET,
        "processes": PROCESSES,
        "runs": runs,
        "processors_used_by_others": others.share(),
    }


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--sets", type=int, default=SETS, help="so many sets (default 100,000)")
    parser.add_argument("--runs", type=int, default=3, help="so many times (default 3)")
    parser.add_argument(
        "--quick", action="store_true", help="2,000 sets, once; verify_100k_s is then an estimate"
    )
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.sets, arguments.runs = 2_000, 1
    result = measure(arguments.sets, arguments.runs)
    show(
        "Seconds to verify 100,000 change sets of five operations (shorter is better)",
        [Bar("haidang verify", result["verify_100k_s"]), Bar("budget", BUDGET_S)],
    )
    print(f"others used {result['processors_used_by_others']:.0%} of the processors meanwhile")
    if arguments.json:
        print(json.dumps(result | {"machine": machine("cryptography", "msgspec")}))


if __name__ == "__main__":
    main()
