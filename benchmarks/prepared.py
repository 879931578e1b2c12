"""What is made once and kept in the folder for temporary files: anew for each state of the code that it depends on."""

import shutil
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


def prepared_folder(name: str, sources: Iterable[str]) -> Path:
    """Where a benchmark keeps what it makes; what it kept for other states of the code is deleted.

    Args:
        name: of the benchmark.
        sources: patterns of files under the root of the repository that decide what is made.
    """
    hasher = sha256()
    for source in sorted(file for pattern in sources for file in ROOT.glob(pattern)):
        hasher.update(source.read_bytes())
    kept = Path(tempfile.gettempdir()) / "haidang-benchmarks" / name
    folder = kept / hasher.hexdigest()[:16]
    for old in kept.glob("*"):
        if old != folder:
            shutil.rmtree(old)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
