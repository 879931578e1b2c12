"""Checking the folder of an export package: the same check as the hub's, against the deployment of this device if there is one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from haidang_protocol.export_package import CHANGES_FILE, MANIFEST_FILE
from haidang_protocol.package_check import PackageFinding, PackageReport, check_package
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.problem import Problem
from haidang_syncclient.reasons import of_system
from haidang_syncclient.replica import Replica
from haidang_syncclient.verifying import Progress

_CHUNK: Final = 256 * 1024


def is_package(folder: Path) -> bool:
    """Whether a folder looks like an export package."""
    return (folder / MANIFEST_FILE).exists() or (folder / CHANGES_FILE).exists()


def check_export(replica: Replica | None, folder: Path, progress: Progress) -> PackageReport:
    """Check a package; a replica says of which deployment it has to be.

    Raises:
        Refusal: a file of it cannot be read.
    """
    root_set_hash = None if replica is None else replica.deployment.genesis.root_set_hash
    done = 0

    def read(name: str) -> Iterator[bytes]:
        nonlocal done
        with (folder / name).open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                done += len(chunk)
                progress(done, None)
                yield chunk

    try:
        return check_package([path.name for path in folder.iterdir()], read, root_set_hash)
    except OSError as error:
        raise Refusal("file-unreadable", file=folder, detail=of_system(error)) from error


def problem_of(finding: PackageFinding) -> Problem:
    """A finding as every other check of this command tells it."""
    return Problem(finding.code, finding.set_id, None, finding.sentence, finding.file)
