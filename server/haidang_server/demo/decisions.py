"""Chapters 9 to 11: the district settles a difference; one report is approved, another returned; one is edited later."""

from typing import Final

from haidang_server.demo.apart import READ_BY_CLERK, READ_BY_HEAD
from haidang_server.demo.pages import ever_said, stands, values
from haidang_server.demo.world import World
from haidang_server.stage.person import NEEDS_PERSON, Filling

WHY_RETURNED: Final = "Thiếu số bản tin khẩn cấp của tuần cuối"


def settling(world: World) -> None:
    """The district chooses one of the two values; it supersedes both, everywhere."""
    district, record = world.district, world.records["post"]
    world.sync(district)
    [conflict] = district.ask("conflicts", allowed=(NEEDS_PERSON,))["conflicts"]
    listed = [each["value"] for each in conflict["values"]]
    district.ask("resolve", record, "visits_read", "--pick", str(listed.index(READ_BY_HEAD) + 1))
    world.ledger.enter(record, conflict["unit"], district.name, Filling({"visits_read": READ_BY_HEAD}))
    world.sync(district)
    world.expect_in_the_end(
        "post", "the district's choice stands alone", [READ_BY_HEAD], values("visits_read")
    )
    both = {str(READ_BY_HEAD), str(READ_BY_CLERK)}
    world.expect_in_the_end("post", "both values stay to be seen", both, ever_said("visits_read"))


def approving(world: World) -> None:
    """The commune confirms two reports; the district approves the one and returns the other."""
    world.sync(world.head)
    for name in ("post", "radio"):
        world.head.ask("review", world.records[name], "--confirm")
    world.sync(world.head)
    world.sync(world.district)
    world.district.ask("review", world.records["post"], "--approve")
    world.district.ask("review", world.records["radio"], "--return", WHY_RETURNED)
    world.sync(world.district)
    world.sync(world.clerk)
    fresh = {"confirm": ("confirmed", False), "approve": ("approved", False)}
    world.expect_now("post", (("confirmed and approved", fresh, stands),), world.clerk)
    returned = {"confirm": ("confirmed", False), "approve": ("returned", False)}
    world.expect_in_the_end("radio", "confirmed and returned", returned, stands)
    world.expect_in_the_end("radio", "with the reason", {WHY_RETURNED}, lambda page: page.reasons)


def editing_afterwards(world: World) -> None:
    """The approved report is edited: the approval is out of date, everywhere, and nothing is taken back."""
    world.file(world.clerk, "post", Filling({"letters": 33}))
    world.sync(world.clerk)
    stale = {"confirm": ("confirmed", True), "approve": ("approved", True)}
    world.expect_in_the_end("post", "an edit makes the approval out of date", stale, stands)
    world.expect_in_the_end("post", "the edit stands", [33], values("letters"))
