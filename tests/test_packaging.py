"""What is installed: the wheel's contents, what each extra needs to import, and the two locks."""

import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pysqlite3 import dbapi2

pytestmark = pytest.mark.unmeasured  # environments of their own

ROOT = Path(__file__).parents[1]
MANIFEST = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = {"haidang_protocol", "haidang_syncclient", "haidang_server"}
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)

# Imports every module of the named packages and prints how many there were.
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
names = list(sys.argv[2:])
for package in sys.argv[2:]:
    path = importlib.import_module(package).__path__
    names += [m.name for m in pkgutil.walk_packages(path, package + ".") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def needed(requirements: list[Requirement]) -> set[str]:
    """The installed distributions that these requirements pull in, their own requirements included."""
    found: set[str] = set()
    waiting = [(each, "") for each in requirements]
    while waiting:
        requirement, wanted = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": wanted}):
            continue
        found.add(canonicalize_name(requirement.name))
        lines = importlib.metadata.requires(requirement.name) or []
        for line, inner in [(line, inner) for line in lines for inner in ("", *requirement.extras)]:
            step = Requirement(line), inner
            if canonicalize_name(step[0].name) not in found:
                waiting.append(step)
    return found


def link(distributions: set[str], folder: Path) -> None:
    """Make a site folder that holds only these distributions."""
    for name in distributions:
        distribution = importlib.metadata.distribution(name)
        tops = {
            file.parts[0] for file in distribution.files or [] if file.parts[0] not in {"..", "__pycache__"}
        }
        for top in tops:
            target = folder / top
            if not target.exists():
                target.symlink_to(str(distribution.locate_file(top)))


def locked(path: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / path).read_text()))


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    tops = {name.parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert {name.parts[0] for name in names if name.name == "py.typed"} == PACKAGES
    assert [name.name for name in names if name.name == "LICENSE"] == ["LICENSE"]


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_the_tests_run_against_this_checkout(package: str) -> None:
    origin = importlib.import_module(package).__file__
    assert origin is not None
    assert Path(origin).is_relative_to(ROOT)


def test_the_wheel_names_its_licence_and_commands(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"hai_dang-{MANIFEST['project']['version']}.dist-info"
    assert "License-Expression: Apache-2.0" in archive.read(f"{info}/METADATA").decode()
    commands = archive.read(f"{info}/entry_points.txt").decode()
    assert "haidang = haidang_syncclient.cli:main" in commands
    assert "haidang-server = haidang_server.cli:main" in commands


@pytest.mark.parametrize(
    ("extra", "package"),
    [("", "haidang_protocol"), ("client", "haidang_syncclient"), ("server", "haidang_server")],
)
def test_each_extra_brings_all_that_its_package_imports(
    wheel: Path, tmp_path: Path, extra: str, package: str
) -> None:
    lines = MANIFEST["project"]["dependencies"] + MANIFEST["project"]["optional-dependencies"].get(extra, [])
    site = tmp_path / "site"
    site.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    link(needed([Requirement(line) for line in lines]), site)
    command = [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(site), "haidang_protocol", package]
    run = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) >= len({"haidang_protocol", package})


def test_the_lock_pins_every_requirement_of_the_manifest() -> None:
    project = MANIFEST["project"]
    groups = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *MANIFEST["dependency-groups"].values(),
    ]
    wanted = [Requirement(line) for group in groups for line in group]
    pins = locked("requirements.lock")
    loose = [
        str(each)
        for each in wanted
        if not each.specifier.contains(pins.get(canonicalize_name(each.name), "0"))
    ]
    assert loose == []


def test_the_image_installs_what_the_tests_ran_with() -> None:
    image, tested = locked("server/requirements.lock"), locked("requirements.lock")
    server = MANIFEST["project"]["dependencies"] + MANIFEST["project"]["optional-dependencies"]["server"]
    assert {canonicalize_name(Requirement(line).name) for line in server} <= image.keys()
    assert image.items() <= tested.items()
    assert locked("server/build.lock").items() <= tested.items()


@pytest.mark.parametrize("lock", ["requirements.lock", "server/requirements.lock", "server/build.lock"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_sqlite_is_new_enough_to_keep_what_it_committed() -> None:
    assert dbapi2.sqlite_version_info >= (3, 51, 3)
