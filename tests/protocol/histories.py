"""Histories: a deployment played by actors with real keys and real sealed bytes, from one seed.

`history(seed, size)` gives about `size` change sets in the order of their creation. Who replays it chooses the order of
delivery. Each history plays a few themes only, so that rare things meet each other often (swarm testing).
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from haidang_protocol.envelope import OpenedSet, open_set, redact
from haidang_protocol.ids import AUTHORITY, REPORTS, scope_kind, scope_of
from haidang_protocol.operations import ADOPT, REVOKE, UNIT
from tests.protocol.actors import Device
from tests.protocol.offices import Deployment
from tests.protocol.reporters import (
    HEAD_KINDS,
    UNKNOWN_KIND,
    break_chain,
    go_on,
    join,
    look,
    report,
    restore,
    save,
)

SMALLEST, LARGEST = 10, 60


class History(NamedTuple):
    """`description` has a line for each deed: what, who, which set."""

    genesis: bytes
    sets: list[OpenedSet]
    description: list[str]

    @property
    def features(self) -> set[str]:
        """The deeds that occur."""
        return {line.partition(":")[0] for line in self.description}


def history(seed: int, size: int | None = None, clock: Random | None = None) -> History:
    """The same history for the same seed, always; with another `clock`, the same at other claimed times."""
    random = Random(seed)
    return play(random, size or random.randint(SMALLEST, LARGEST), clock or Random(seed))


def histories(largest: int = LARGEST) -> st.SearchStrategy[History]:
    """Histories that Hypothesis can shrink."""
    return st.builds(
        play, st.randoms(use_true_random=False), st.integers(SMALLEST, largest), st.builds(Random, st.just(0))
    )


def play(random: Random, size: int, clock: Random) -> History:
    """Raise the offices, then let things happen until there are `size` sets."""
    stage = Deployment(random, clock)
    deeds = [(weight * random.choice((0, 0, 1, 1, 6)), deed) for weight, deed in DEEDS]
    while len(stage.sets) < size:
        stage.pick((30.0, write), *deeds)(stage)
    return History(stage.genesis, hand_over(stage), stage.told)


def hand_over(stage: Deployment) -> list[OpenedSet]:
    """What is there to deliver: sometimes a set is lost for ever, or a copy of it without its values goes round."""
    sets = [s for s in stage.sets if s.id not in stage.lost]
    if stage.chance(0.1):
        lost = sets.pop(stage.random.randrange(len(sets)))
        stage.told.append(f"lost: {lost.id.hex()[:8]}")
    if stage.chance(0.15):
        for at, s in enumerate(list(sets)):
            if scope_kind(s.header.scope) != AUTHORITY and stage.chance(0.2):
                copy = open_set(redact(s))
                stage.told.append(f"redacted copy: {s.id.hex()[:8]}")
                if stage.chance(0.5):
                    sets[at] = copy
                else:
                    sets.append(copy)
    return sets


# -------------------------------------------------------------------------------------------------------------- deeds


def somewhere(stage: Deployment) -> tuple[Device, bytes]:
    """A device and a scope that it has written in."""
    device = stage.random.choice(stage.devices)
    scopes = [*device.logs, scope_of(REPORTS, device.unit)]
    return device, stage.random.choice(scopes)


def write(stage: Deployment) -> None:
    """A device reports, having seen what others wrote or not."""
    device = stage.random.choice(stage.devices)
    if stage.chance(0.5):
        look(stage, device, scope_of(REPORTS, device.unit))
    report(stage, device)


def write_elsewhere(stage: Deployment) -> None:
    """A device reports in a scope that is not its own."""
    device = stage.random.choice(stage.devices)
    unit = stage.pick((3, stage.random.choice(stage.units)), (1, b"\xee" * 16))
    report(stage, device, scope_of(stage.random.choice((0, 0, 1)), unit), "elsewhere")


def overstep(stage: Deployment) -> None:
    """A device states what it may not, or what nobody knows yet."""
    device, scope = somewhere(stage)
    if scope_kind(scope) != AUTHORITY:
        saves = [save(stage, device, scope, (*HEAD_KINDS[-1:], UNKNOWN_KIND))]
        stage.seal(device, scope, saves, "overstepped")


def office_report(stage: Deployment) -> None:
    """An office writes into a commune's reports: its approval, or a correction."""
    office = stage.any_office()
    unit = stage.random.choice(stage.units)
    look(stage, office, scope_of(REPORTS, unit))
    report(stage, office, scope_of(REPORTS, unit), "office report")


def restore_someone(stage: Deployment) -> None:
    """A backup comes back, with authority logs and all."""
    device = stage.random.choice([*stage.devices, stage.any_office()])
    if device.logs:
        restore(stage, device, stage.random.choice(list(device.logs)))


def steal(stage: Deployment) -> None:
    """A thief has the device's key and memory; both go on."""
    victim = stage.random.choice([*stage.devices, stage.any_office()])
    thief = victim.clone(f"thief of {victim.name}")
    (stage.devices if victim in stage.devices else stage.offices).append(thief)
    stage.told.append(f"stolen: {victim.name}")
    if scope := next((s for s in victim.logs if scope_kind(s) != AUTHORITY), None):
        report(stage, thief, scope, "thief")
        report(stage, victim, scope, "report")


def in_reports(act: Callable[[Deployment, Device, bytes], None]) -> Callable[[Deployment], None]:
    """A deed of some device in some report scope."""

    def deed(stage: Deployment) -> None:
        device, scope = somewhere(stage)
        if scope_kind(scope) != AUTHORITY:
            act(stage, device, scope)

    return deed


def borrow(stage: Deployment) -> None:
    """An authority set that names somebody else's certificate."""
    by, other = stage.any_office(), stage.any_office()
    stage.enter(by, by.unit, [(33, stage.raw(16), ["?"])], "borrowed certificate", acting=other.acting)


def reach(stage: Deployment) -> None:
    """A unit comes under another by an edge as deep as the office there, which is then to be touched from above."""
    unit, over = stage.random.sample(stage.units[1:], 2)
    province = stage.offices[0]
    deputy, whom = stage.deputy(province, stage.top), stage.deputy(province, unit)
    stage.enter(deputy, stage.top, [(UNIT, unit, [over])], "unit moved")
    stage.say(province, REVOKE, [whom.key, [], "mất máy"], "revoke", over)


def tangle(stage: Deployment) -> None:
    """A set follows that of another key, and an office names it as a tip of that key."""
    one, scope = somewhere(stage)
    foreign = [s for s in stage.sets if s.header.key != one.key and s.header.scope == scope]
    if foreign and scope_kind(scope) != AUTHORITY:
        followed = stage.random.choice(foreign)
        saves = [save(stage, one, scope)]
        wrong = stage.seal(one, scope, saves, "broken chain", previous=(followed.id,), position=1)
        kind, value = stage.pick(
            (1, (REVOKE, [followed.header.key, [[0, scope, [wrong.id]]], ""])),
            (1, (ADOPT, [[wrong.id], [], ""])),
        )
        stage.say(stage.offices[0], kind, value, "tangle", stage.top)


DEEDS: list[tuple[float, Callable[[Deployment], None]]] = [
    (2, write_elsewhere),
    (2, overstep),
    (3, office_report),
    (3, restore_someone),
    (3, steal),
    (5, in_reports(go_on)),
    (5, in_reports(join)),
    (5, in_reports(break_chain)),
    (1, tangle),
    (5, Deployment.revoke),
    (2, Deployment.adopt),
    (4, Deployment.mend),
    (3, Deployment.lose),
    (2, Deployment.close),
    (2, Deployment.at_once),
    (2, Deployment.certify_again),
    (2, Deployment.certify_badly),
    (2, Deployment.deputise),
    (4, Deployment.move_unit),
    (1, Deployment.define),
    (2, Deployment.vote),
    (1, Deployment.replace),
    (1, reach),
    (3, Deployment.enrol),
    (2, Deployment.confirm),
    (1, borrow),
]
