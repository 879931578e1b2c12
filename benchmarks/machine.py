"""What a figure was made on, and how busy that was."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
