"""Chapters 4 to 6: everybody reports without a network; then they meet again, and no clock decides."""

from functools import partial
from typing import Final

from haidang_server.demo.pages import different, ever_said, total, values
from haidang_server.demo.world import COMMUNE, ISLAND, OPEN_KEY, World
from haidang_server.stage.person import LATER, NEEDS_PERSON, Filling, Tenths
from haidang_server.stage.waiting import next_second

TEN_YEARS_S: Final = 10 * 365 * 86_400
READ_BY_HEAD: Final = 120
READ_BY_CLERK: Final = 95
TAPS: Final = 3 + 2 + 3
CLERK_SPEED: Final = Tenths(125)
HEAD_SPEED: Final = Tenths(110)
AGREED_SPEED: Final = Tenths(115)


def reports_apart(world: World) -> None:
    """No network anywhere: the island's phone is enrolled by file; four phones report on 2.1a, 2.2b and 3.6."""
    world.hub.stop()
    world.clerk.clock_shift_s = TEN_YEARS_S
    writers = (_district_and_island, _keeper_reports, _clerk_reports, _head_reports)
    world.together(*(partial(write, world) for write in writers))


def reunion(world: World) -> None:
    """The network is back: the same two differences show everywhere, and the same sum."""
    world.hub.start()
    world.sync(world.clerk)
    next_second()
    world.file(world.head, "wifi", Filling({"test_down_mbps": HEAD_SPEED}))
    world.sync(world.head, world.keeper)
    world.sync(world.clerk, world.district)
    both = sorted((READ_BY_HEAD, READ_BY_CLERK))
    speeds = [CLERK_SPEED, HEAD_SPEED]
    post = (
        ("two file one report and disagree: both values are live", both, different("visits_read")),
        ("where they agree there is one value", [45], different("visits_net")),
        ("two tap one tally", TAPS, total("tally_read")),
    )
    world.expect_now("post", post, world.clerk, world.district)
    shown = (("a clock ten years ahead does not win", speeds, values("test_down_mbps")),)
    world.expect_now("wifi", shown, world.clerk, world.district)
    found = world.district.ask("conflicts", allowed=(NEEDS_PERSON,))["conflicts"]
    world.conflicts_found |= {(each["record"], each["field"]) for each in found}
    expected = {(world.records["post"], "visits_read"), (world.records["wifi"], "test_down_mbps")}
    world.expect("there are two differences", expected, world.conflicts_found)


def agreement(world: World) -> None:
    """Whoever has seen the value from ten years ahead replaces it, from a phone whose clock is right."""
    world.sync(world.head)
    world.file(world.head, "wifi", Filling({"test_down_mbps": AGREED_SPEED}))
    case = "a clock ten years ahead does not stand in the way"
    world.expect_in_the_end("wifi", case, [AGREED_SPEED], values("test_down_mbps"))
    said = {str(int(each)) for each in (CLERK_SPEED, HEAD_SPEED, AGREED_SPEED)}
    world.expect_in_the_end("wifi", "and nothing of it is lost", said, ever_said("test_down_mbps"))
    world.expect_in_the_end(
        "wifi", "its clock stays to be seen", True, lambda page: len({each.year for each in page.history}) > 1
    )


def _head_reports(world: World) -> None:
    month = {"op_status": "HD", "days_open": 26, "visits_read": READ_BY_HEAD, "visits_net": 45, "letters": 30}
    world.file(world.head, "post", Filling(month, counts={"tally_read": 3}))
    world.file(world.head, "post", Filling({"revenue": 1_500_000}, note="Doanh thu theo sổ của điểm."))
    offline = world.head.run("sync", allowed=(LATER,))
    world.expect("a sync without a network says so", "offline", offline.data["error"]["code"])


def _clerk_reports(world: World) -> None:
    month = {"op_status": "HD", "days_open": 26, "visits_read": READ_BY_CLERK, "visits_net": 45}
    world.file(world.clerk, "post", Filling(month))
    measured = {"works_now": True, "test_down_mbps": CLERK_SPEED, "uptime_days": 28, "wifi_sessions": 410}
    world.file(world.clerk, "wifi", Filling(measured))


def _keeper_reports(world: World) -> None:
    world.file(world.keeper, "post", Filling({"parcels": 4, "press": 210}, counts={"tally_read": 2}))
    world.file(world.keeper, "post", Filling(counts={"tally_read": 3}, note="Đông trẻ em chiều thứ bảy."))
    broken = {"issue_type": "TBI", "issue_text": "Loa ấp 3 rè tiếng", "need_help_from": "HUYEN"}
    month = {"sessions": 60, "minutes_own": 300, "minutes_relay": 900, "urgent_bulletins": 1}
    world.file(
        world.keeper, "radio", Filling(month, adds={"topics": ("CS", "NN")}, rows=(("issue=new", broken),))
    )


def _district_and_island(world: World) -> None:
    """The district's offer goes to the island on a USB stick; the request, the confirmation and the forms likewise."""
    offer = world.folder / "island.offer"
    line = (
        "invite",
        ISLAND,
        "--role",
        "reporter",
        "--person",
        world.island.name,
        "--offline",
        "--out",
        offer,
    )
    world.district.ask(*line)
    made = world.island.ask("enrol", "--offer-file", offer, OPEN_KEY)
    world.carry(world.island, world.district, "island-1")
    world.district.ask("invite", "--confirm", made["fingerprint"])
    world.carry(world.district, world.island, "to-island-1", "--to-unit", ISLAND)
    world.together(partial(_island_reports, world), partial(_district_codes, world))


def _island_reports(world: World) -> None:
    site = {"site_name": "Điểm BĐ–VHX Hòn Nghệ", "op_status": "HD", "staffed": "C", "books": 240}
    world.describe(world.island, "F01P", "island", Filling(site))
    month = {"op_status": "HD", "days_open": 22, "visits_read": 64, "visits_net": 12}
    world.file(world.island, "island post", Filling(month, counts={"tally_read": 4}))
    world.file(
        world.island, "island radio", Filling({"sessions": 44, "minutes_own": 120}, adds={"topics": ("TT",)})
    )


def _district_codes(world: World) -> None:
    for form, site, code in (("F01P", "post", "KG-30805-1"), ("F03P", "wifi", "WF-30805-1")):
        world.describe(world.district, form, site, Filling({"site_code": code}), "--unit", COMMUNE)
