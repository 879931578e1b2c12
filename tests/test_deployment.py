"""The image and the compose file: read as text, since the tests need no container engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "server/Dockerfile").read_text().replace("\\\n", " ")
SERVICES: dict[str, Any] = COMPOSE["services"]


def instructions(stage: str) -> list[tuple[str, str]]:
    """The instructions of one stage of the Dockerfile, as (word, rest)."""
    (text,) = re.findall(rf"^FROM \S+ AS {stage}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def volume_of(mount: str) -> str:
    return mount.split(":", maxsplit=1)[0]


def test_the_image_runs_as_a_user_without_rights() -> None:
    words = [word for word, _ in instructions("server")]
    assert ("USER", "haidang") in instructions("server")
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert any(
        word == "RUN" and "useradd --system --uid 10001" in rest for word, rest in instructions("server")
    )


def test_the_image_says_whether_it_is_healthy() -> None:
    (check,) = [rest for word, rest in instructions("server") if word == "HEALTHCHECK"]
    assert "/healthz" in check
    assert "--timeout" in check


def test_the_image_carries_no_build_tools() -> None:
    copied = [rest for word, rest in instructions("server") if word in {"COPY", "ADD"}]
    assert copied == ["--from=packages /opt/haidang /opt/haidang"]


@pytest.mark.parametrize("stage", ["wheel", "packages"])
def test_whatever_the_image_downloads_is_checked_by_its_hash(stage: str) -> None:
    commands = [rest for word, rest in instructions(stage) if word == "RUN" and "pip install" in rest]
    assert [
        rest for rest in commands if "--require-hashes" not in rest and "--no-deps /wheel/" not in rest
    ] == []


def test_the_image_builds_the_phone_app_from_its_lock_and_serves_it() -> None:
    commands = [rest for word, rest in instructions("app") if word == "RUN"]
    assert commands == ["npm ci", "npm run build"]
    assert ("COPY", "--from=app /source/dist /opt/haidang/app") in instructions("packages")
    assert any(
        "HAIDANG_APP=/opt/haidang/app" in rest for word, rest in instructions("server") if word == "ENV"
    )


def test_every_file_that_the_image_or_a_service_names_is_there() -> None:
    built = re.findall(
        r"(?<=\s)((?:server|pwa)/\S+)", "\n".join(re.findall(r"^COPY .*", DOCKERFILE, re.MULTILINE))
    )
    mounted = [volume_of(mount) for each in SERVICES.values() for mount in each["volumes"] if mount[0] == "."]
    named = [*built, *mounted, SERVICES["server"]["build"]["dockerfile"]]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_only_the_tls_front_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]


def test_every_service_has_no_more_rights_than_it_needs() -> None:
    for service in SERVICES.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_volume_is_declared_and_used() -> None:
    mounts = [volume_of(mount) for each in SERVICES.values() for mount in each["volumes"]]
    assert {mount for mount in mounts if not mount.startswith(".")} == COMPOSE["volumes"].keys()


def test_backups_lie_on_a_volume_of_their_own() -> None:
    assert "backups:/var/backups/haidang" in SERVICES["backup"]["volumes"]
    assert not any("backups" in mount for mount in SERVICES["server"]["volumes"])


def test_the_front_forwards_to_the_port_that_the_server_opens() -> None:
    assert "reverse_proxy server:8000" in (ROOT / "server/Caddyfile").read_text()
    (command,) = [rest for word, rest in instructions("server") if word == "CMD"]
    assert '"--port", "8000"' in command


def test_the_hub_believes_its_own_network_and_nobody_else_where_callers_come_from() -> None:
    (own,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert SERVICES["server"]["environment"]["HAIDANG_TRUSTED_PROXY"] == own["subnet"]
    assert not any("networks" in service for service in SERVICES.values())
