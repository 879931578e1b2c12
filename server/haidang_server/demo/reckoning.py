"""The last chapter: does everybody hold the same, is everything proven, is any value missing?"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

import msgspec

from haidang_server.demo.ledger import missing
from haidang_server.demo.pages import Page, page_of_hub, page_of_replica
from haidang_server.demo.world import COMMUNE, ISLAND, World
from haidang_server.stage.person import Person

REPORTS: Final = "00"
RESTRICTED: Final = "01"
"""How the scopes of reports and of restricted reports begin, in hex."""
CENTRE: Final = "hub"


class Held(NamedTuple):
    """What one replica, or the hub, holds: its scopes with their digests, and the pages of the records of the story."""

    name: str
    sets: int
    receipts: int
    scopes: dict[str, Mapping[str, str]]
    pages: dict[str, Page]
    token: str = ""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the demonstration prints in the end.

    Attributes:
        replicas: The hub and six devices.
        change_sets: On the hub.
        operations: What people saved.
        conflicts_found, conflicts_open: Fields with different values, ever and at the end.
        quarantined: Change sets that wait for a person, or for ever, at the end.
        tally: The sum that everybody shows.
        receipts_verified: The hub's receipts that replicas hold and checked.
        state_hashes: By scope, one for each replica that holds it, the hub's first.
        revoked: Devices that were cut off and are left out of `state_hashes`.
        converged: Whether all of it is equal and complete.
        seconds: How long it took.
    """

    replicas: int
    change_sets: int
    operations: int
    conflicts_found: int
    conflicts_open: int
    quarantined: int
    tally: int
    receipts_verified: int
    state_hashes: dict[str, list[str]]
    revoked: list[str]
    converged: bool
    seconds: float


def reckoning(world: World, elapsed_s: Callable[[], float]) -> Summary:
    """Bring everybody level and look at everything.

    Args:
        world: at the end of its story.
        elapsed_s: how long it took so far, in seconds.

    Raises:
        CaseFailedError: with the first that is not as it should be.
    """
    world.carry(world.district, world.island, "to-island-3", "--to-unit", ISLAND)
    kept = [person for person in world.people if person is not world.keeper]
    centre, *held = world.together(partial(_centre, world), *(partial(_replica, person) for person in kept))
    _all_hold_what_they_should(world, held)
    states = _states(world, centre, held)
    _cases_hold(world, [centre, *held])
    _no_value_is_missing(world, [centre, *held])
    waiting = world.hub.get("/v1/quarantine", centre.token)["items"]
    world.expect("what nobody adopted still waits", True, len(waiting) >= 1)
    open_now = world.hub.get("/v1/conflicts", centre.token)["items"]
    world.expect("no difference is left open", [], open_now)
    return Summary(
        replicas=1 + len(world.people),
        change_sets=centre.sets,
        operations=world.ledger.saved,
        conflicts_found=len(world.conflicts_found),
        conflicts_open=len(open_now),
        quarantined=len(waiting),
        tally=centre.pages[world.records["post"]].totals["tally_read"],
        receipts_verified=sum(each.receipts for each in held),
        state_hashes=states,
        revoked=[world.keeper.name],
        converged=True,
        seconds=round(elapsed_s(), 1),
    )


def _replica(person: Person) -> Held:
    """What a person's own `verify` and `show` say."""
    verified = person.ask("verify")
    shown = person.ask("show", "--history")["records"]
    return Held(
        person.name,
        verified["sets"],
        verified["receipts"],
        {each["scope"]: each for each in verified["scopes"]},
        {each["record"]: page_of_replica(each) for each in shown},
    )


def _centre(world: World) -> Held:
    """What the hub's `verify` and its reading interface say."""
    folder = world.hub.folder
    token: str = world.hub.operate("token", "create", "demo", "--restricted", "--data", folder)["token"]
    verified = world.hub.operate("verify", folder)
    world.expect("the hub is sound", True, verified["ok"])
    scopes = {each["scope"]: each for each in verified["scopes"]}
    pages = {record: _page_of_hub(world, record, token) for record in world.ledger.records()}
    return Held(CENTRE, verified["change_sets"], 0, scopes, pages, token)


def _page_of_hub(world: World, record: str, token: str) -> Page:
    detail = world.hub.get(f"/v1/records/{record}", token)
    said = world.hub.get(f"/v1/records/{record}/history?limit=500", token)["items"]
    if detail["twin"] is not None:
        said += world.hub.get(f"/v1/records/{detail['twin']}/history?limit=500", token)["items"]
    return page_of_hub(detail, said)


def _all_hold_what_they_should(world: World, held: list[Held]) -> None:
    """Each reads the reports of its unit and below; the restricted ones only with that right."""
    commune, island = (world.units[name] for name in (COMMUNE, ISLAND))
    officers = {REPORTS + commune, RESTRICTED + commune, REPORTS + island}
    expected = {
        world.province.name: officers,
        world.district.name: officers,
        world.head.name: {REPORTS + commune, RESTRICTED + commune},
        world.clerk.name: {REPORTS + commune},
        world.island.name: {REPORTS + island},
    }
    found = {
        each.name: {scope for scope in each.scopes if scope[:2] in (REPORTS, RESTRICTED)} for each in held
    }
    world.expect("everybody holds the reports that are theirs to read, and no others", expected, found)


def _states(world: World, centre: Held, held: list[Held]) -> dict[str, list[str]]:
    """The state hashes by scope; all digests of a scope are equal wherever it is held."""
    for each in held:
        for scope, digests in each.scopes.items():
            world.expect(f"{each.name} agrees with the hub on {scope}", centre.scopes.get(scope), digests)
    return {
        scope: [each.scopes[scope]["state"] for each in (centre, *held) if scope in each.scopes]
        for scope in sorted(centre.scopes)
    }


def _cases_hold(world: World, held: list[Held]) -> None:
    """Each case of the story ended as the protocol says, on every replica that holds the report, and on the hub."""
    for case in world.cases:
        seen = [(each.name, page) for each in held if (page := each.pages.get(world.records[case.report]))]
        world.expect(f"{case.name}: several hold it", True, len(seen) >= 3)
        for name, page in seen:
            world.expect(f"{case.name} ({name})", case.expected, case.look(page))


def _no_value_is_missing(world: World, held: list[Held]) -> None:
    """Every value that was ever saved stands in the history, wherever its report is held; nothing counts twice."""
    entitled = {CENTRE, world.province.name, world.district.name, world.head.name}
    for record in world.ledger.records():
        for each in held:
            page = each.pages.get(record)
            if page is not None:
                said = {one.identity: one.statement for one in page.history}
                saved = world.ledger.about(record, restricted=each.name in entitled)
                lost = missing(saved, said.values())
                world.expect(f"no saved value is missing ({each.name}, {record})", [], lost)
                taps = sum(int(one.value) for one in said.values() if one.kind == "count")
                world.expect(f"no tap counts twice ({each.name}, {record})", taps, sum(page.totals.values()))
