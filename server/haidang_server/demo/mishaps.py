"""Chapters 8 and 12: a phone that is restored from an old backup, and one that is lost."""

from typing import Any, Final

from haidang_server.demo.apart import TAPS
from haidang_server.demo.pages import different, ever_said, total, values
from haidang_server.demo.world import World
from haidang_server.stage.person import Filling

STOLEN_NUMBER: Final = 999
ADOPTED_SESSIONS: Final = 58
ADOPTED_MINUTES: Final = 280


def restored_phone(world: World) -> None:
    """The head's phone is put back to a backup from before its last save, and writes on; nothing collides."""
    head, backup = world.head, world.folder / "phone-1-backup"
    world.file(head, "post", Filling(counts={"tally_read": 1}))
    head.copy_home(backup)
    world.file(head, "post", Filling({"letters": 31}))
    world.sync(head)
    head.put_home_back(backup)
    world.file(head, "post", Filling({"press": 215}))
    world.sync(head)
    world.file(head, "post", Filling({"parcels": 6}))
    world.sync(head)
    cases = (
        ("what was saved after the backup is back", [31], values("letters")),
        ("what was saved after the restore counts", [215], values("press")),
        ("a tap that was sealed twice counts once", TAPS + 1, total("tally_read")),
    )
    world.expect_now("post", cases, head)
    _fork_is_known(world)
    world.expect_in_the_end(
        "post", "the fork of the restored phone lost nothing", TAPS + 1, total("tally_read")
    )
    world.expect_in_the_end(
        "post", "on neither side", ([215], [6]), lambda page: (page.values["press"], page.values["parcels"])
    )


def _fork_is_known(world: World) -> None:
    """The set after the fork stands in the next incarnation and names both ends (PROTOCOL §4)."""
    proof = world.head.ask("show", world.records["post"], "--proof")["proof"]
    own = [each for each in proof if each["person"] == world.head.name]
    followed = [previous for each in own if each["incarnation"] == 0 for previous in each["previous"]]
    world.expect(
        "the restored phone's log forked once", 1, sum(followed.count(each) == 2 for each in {*followed})
    )
    after = [(each["incarnation"], len(each["previous"])) for each in own if each["incarnation"] > 0]
    world.expect("it went on in the next incarnation, naming both ends", [(1, 2)], after)
    world.expect("every signature holds", True, all(each["signature"] for each in proof))


def lost_phone(world: World) -> None:
    """The keeper's phone is lost with three unsent reports; the district cuts it off and adopts the honest two."""
    keeper, district = world.keeper, world.district
    world.file(keeper, "radio in April", Filling({"sessions": ADOPTED_SESSIONS}))
    world.file(
        keeper, "radio in April", Filling({"minutes_own": ADOPTED_MINUTES}, note="Ghi trước khi mất máy.")
    )
    world.file(keeper, "post", Filling({"visits_net": STOLEN_NUMBER}))
    district.ask("revoke", keeper.name, "--reason", "Mất máy ở bến tàu")
    world.sync(district)
    world.sync(keeper)
    world.sync(district)
    waiting = waiting_of(world)
    world.expect(
        "the unsent work of a revoked key waits", ["revoked"] * 3, [each["reason"] for each in waiting]
    )
    honest = [each for each in waiting if str(STOLEN_NUMBER) not in " ".join(each["about"])]
    district.ask("adopt", honest[-1]["set"], "--reason", "Người giữ điểm xác nhận hai báo cáo này")
    world.sync(district)
    world.expect("what was not adopted waits on", 1, len(waiting_of(world)))
    adopted = ([ADOPTED_SESSIONS], [ADOPTED_MINUTES])
    world.expect_in_the_end(
        "radio in April", "what the supervisor adopted counts, with what led to it", adopted,
        lambda page: (page.values["sessions"], page.values["minutes_own"]),
    )  # fmt: skip
    world.expect_in_the_end(
        "radio", "what had been received of a revoked phone stays", [60], values("sessions")
    )
    world.expect_in_the_end("post", "what was not adopted does not count", [45], different("visits_net"))
    kept = ever_said("visits_net", accepted=False)
    world.expect_in_the_end("post", "and is kept all the same", {str(STOLEN_NUMBER)}, kept)


def waiting_of(world: World) -> list[dict[str, Any]]:
    """The sets of the lost phone that wait, oldest first, as the district sees them."""
    found = world.district.ask("quarantine")["quarantine"]
    return [each for each in found if each["person"] == world.keeper.name]
