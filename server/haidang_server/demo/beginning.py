"""Chapters 1 to 3: the deployment is founded, its people are enrolled, the work is assigned."""

from haidang_server.demo.world import COMMUNE, DISTRICT, ISLAND, OPEN_KEY, World
from haidang_server.example.dataset import load_example
from haidang_server.stage.founding import found, publish
from haidang_server.stage.person import Filling


def founding(world: World) -> None:
    """The province founds the deployment and publishes the notice: units, directives, forms, periods."""
    found("Diễn tập 171/TB-VP", world.hub, world.province, world.folder, OPEN_KEY)
    world.hub.start()
    changed = publish(world.province, 2019)
    example = load_example()
    expected = {"unit": len(example.units), "directive": len(example.directives), "form": len(example.forms)}
    world.expect("the whole notice is published", expected, {name: changed.get(name) for name in expected})


def enrolment(world: World) -> None:
    """The province enrols the district, the district three phones: two by the text of an offer, one by a typed code."""
    province, district = world.province, world.district
    offer = province.ask("invite", DISTRICT, "--role", "district-officer", "--person", district.name)["offer"]
    made = district.ask("enrol", offer, OPEN_KEY)
    world.sync(province)
    province.ask("invite", "--confirm", made["fingerprint"])
    world.sync(province)
    world.sync(district)
    phones = ((world.head, "commune-head"), (world.clerk, "reporter"), (world.keeper, "reporter"))
    invited = [
        district.ask(
            "invite",
            COMMUNE,
            "--role",
            role,
            "--person",
            phone.name,
            *(() if phone is world.keeper else ("--offline",)),
        )
        for phone, role in phones
    ]
    [head, clerk, keeper] = invited
    fingerprints = world.together(
        lambda: world.head.ask("enrol", head["offer"], OPEN_KEY)["fingerprint"],
        lambda: world.clerk.ask("enrol", clerk["offer"], OPEN_KEY)["fingerprint"],
        lambda: world.keeper.ask("enrol", "--code", keeper["code"], "--url", world.hub.url, OPEN_KEY)[
            "fingerprint"
        ],
    )
    world.sync(district)
    district.ask("invite", *(word for each in fingerprints for word in ("--confirm", each)))


def assignment(world: World) -> None:
    """The district assigns three tasks to two communes; the commune describes its two sites."""
    for task in ("2.1a", "2.2b", "3.6"):
        assigned = world.district.ask("assign", task, COMMUNE, ISLAND, "--due", "30/06/2019")
    world.units |= zip((COMMUNE, ISLAND), assigned["units"], strict=True)
    world.sync(world.district)
    world.sync(world.head)
    post = {"site_name": "Điểm BĐ–VHX Dương Hòa", "op_status": "HD", "staffed": "C", "computers": 2}
    world.describe(world.head, "F01P", "post", Filling(post))
    world.describe(
        world.head,
        "F03P",
        "wifi",
        Filling({"site_name": "Wi-Fi chợ Dương Hòa", "stage": "HD", "ap_count": 3}),
    )
    world.sync(world.head)
    world.sync(world.clerk, world.keeper, world.district)
    told = world.clerk.ask("directives", "3.6")["assignments"]
    world.expect(
        "the commune sees what it is to do, and by when", {"2019-06-30"}, {each["due"] for each in told}
    )
