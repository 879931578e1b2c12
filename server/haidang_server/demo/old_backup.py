"""Chapters 7 and 14: the server is put back to an old backup, and its clients give back what it lost."""

from haidang_server.demo.world import World


def backup(world: World) -> None:
    """The operator makes a backup while the hub runs; nobody looks at it for a long time."""
    world.hub.operate("backup", "--data", world.hub.folder, "--to", world.folder / "backups")


def rolled_back(world: World) -> None:
    """The disk of the hub dies and the old backup is all there is; the next syncs make it whole again."""
    world.sync(world.district)
    before = world.hub.size()
    world.hub.stop()
    [copy] = (world.folder / "backups").iterdir()
    restored = world.hub.operate("restore", copy, "--data", world.hub.folder, "--replace")
    world.expect("the old backup lacks change sets", True, restored["size"] < before)
    world.expect("the server knows that it fell back", 2, restored["epoch"])
    world.hub.start()
    connected = [world.district, world.province, world.head, world.clerk]
    healed = world.sync(*connected)
    world.expect(
        "who had seen more notices, and gives back", True, sum(each["healed"] for each in healed) > 0
    )
    world.sync(*connected)
    world.expect("the hub has all of it again", before, world.hub.size())
