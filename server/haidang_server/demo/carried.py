"""Chapter 13: the island, which no network reaches, is heard by file; its receipts come back the same way."""

from haidang_server.demo.pages import stands, total, values
from haidang_server.demo.world import ISLAND, World
from haidang_server.stage.person import Filling


def island(world: World) -> None:
    """A boat takes the island's bundle to the district, and another one brings the answer."""
    world.carry(world.island, world.district, "island-2")
    world.sync(world.district)
    cases = (
        ("the island's report has arrived", [64], values("visits_read")),
        ("with its tally", 4, total("tally_read")),
    )
    world.expect_now("island post", cases, world.district)
    world.district.ask("review", world.records["island radio"], "--return", "Xin ghi cả thời lượng tiếp âm")
    world.sync(world.district)
    world.carry(world.district, world.island, "to-island-2", "--to-unit", ISLAND)
    counts = world.island.ask("status")["counts"]
    world.expect(
        "the island learns that all of it was received", (0, 0), (counts["saved"], counts["carried"])
    )
    returned = (("and that a report came back", {"approve": ("returned", False)}, stands),)
    world.expect_now("island radio", returned, world.island)
    world.file(world.island, "island radio", Filling({"minutes_relay": 610}))
    world.carry(world.island, world.district, "island-3")
    corrected = {"approve": ("returned", True)}
    world.expect_in_the_end("island radio", "its correction answers the return", corrected, stands)
    world.expect_in_the_end("island radio", "and counts", [610], values("minutes_relay"))
    world.expect_in_the_end("island post", "the island's tally counts", 4, total("tally_read"))
