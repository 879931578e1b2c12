"""A deployment from nothing: the hub's key, the founding by its first officer, the hub, the published example."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from haidang_server.example.dataset import ISSUED_ON, YEARS
from haidang_server.stage.hub_process import HubProcess
from haidang_server.stage.person import Person

DEFINITIONS: Final = files("haidang_server.example") / "kien_giang"
HUB_KEY: Final = "hub.key"
AUTHORITY_FOLDER: Final = "founding"
"""Where the root keys, the genesis and the founding bundle are written."""


def found(name: str, hub: HubProcess, officer: Person, folder: Path, *keeping: str) -> None:
    """Make the hub's key, the deployment and the hub; the hub does not run yet.

    Args:
        name: of the deployment.
        hub: where the hub will be.
        officer: the first officer, in charge of the whole example.
        folder: for what is made on the way; the root keys among it.
        keeping: options of `haidang found` that say how keys are kept.
    """
    key = folder / HUB_KEY
    made = hub.operate("key", key)
    authority = folder / AUTHORITY_FOLDER
    with as_file(DEFINITIONS) as definitions:
        units = definitions / "units.csv"
        founded = officer.ask(
            "found", name, "--hub", made["public_key"], "--url", hub.url, "--out", authority,
            "--person", officer.name, "--units", units, "--date", ISSUED_ON, *keeping,
        )  # fmt: skip
    hub.operate(
        "init", hub.folder, "--genesis", founded["genesis"], "--chain", founded["bundle"], "--key", key
    )
    key.unlink()


def publish(officer: Person, *years: int) -> dict[str, Any]:
    """Publish the example's units, directives, forms and periods; returns how many of each were new."""
    asked = [word for year in years or YEARS for word in ("--years", str(year))]
    with as_file(DEFINITIONS) as definitions:
        changed: dict[str, Any] = officer.ask("publish", definitions, "--date", ISSUED_ON, *asked)["changed"]
    return changed
