"""What a figure was made on, and how busy that was."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from pysqlite3 import dbapi2 as sqlite


def machine(*packages: str) -> dict[str, Any]:
    """The machine, the versions of what was measured, and the load average of the last minute."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite.sqlite_version,
        "load_average": round(os.getloadavg()[0], 2),
        **{name: version(name) for name in packages},
    }


class Others:
    """How much of the processors others use while we measure: above some per cent a figure says little."""

    def __init__(self) -> None:
        self._began = self._now()

    def share(self) -> float:
        """From 0 to 1, since this was made; children count as ours once they were waited for."""
        total, idle, ours = (now - then for now, then in zip(self._now(), self._began, strict=True))
        return round(max(0.0, total - idle - ours) / total, 2) if total else 0.0

    @staticmethod
    def _now() -> tuple[float, float, float]:
        machine, own = psutil.cpu_times(), psutil.Process().cpu_times()
        return sum(machine[:8]), machine.idle + machine.iowait, sum(own[:4])
