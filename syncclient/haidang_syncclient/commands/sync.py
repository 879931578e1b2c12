"""`haidang sync`: sending and receiving, once or until stopped."""

import random
import time
from collections.abc import Callable
from typing import Annotated, Final

from cyclopts import Parameter

from haidang_syncclient import views
from haidang_syncclient.client import Progress, Report, Surroundings, SyncClient
from haidang_syncclient.commands.answer import DAMAGED, DONE, LATER, Answer
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.returned import returned_data, returned_lines, returned_reports
from haidang_syncclient.commands.status import counts_data, lamp
from haidang_syncclient.http_transport import HttpTransport
from haidang_syncclient.words.labels import LABELS

WATCH_S: Final = 60
"""Seconds between two syncs of `--watch`."""
TRIES: Final = 2
"""How often one sync tries when the way breaks; a person would rather run it again than sit through a long backoff."""


def sync(
    *,
    watch: Annotated[bool, Parameter(negative=())] = False,
    tries: int = TRIES,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Seal what is saved, send it, and take in what others sent; with `--watch` again and again."""
    if not watch:
        return _told(desk, run_sync(desk, tries))
    while True:
        report = run_sync(desk, tries=1)
        answer = _told(desk, report, final=False)
        for line in answer.lines:
            desk.tell(line)
        # Other commands can use the replica in between, also while no server is to be reached.
        desk.close()
        time.sleep(WATCH_S)


def run_sync(desk: Desk, tries: int) -> Report:
    """One sync of the person's replica with its hub.

    Raises:
        SyncError: something on this device.
        Refusal: the key needs a passphrase and there is none.
    """
    replica = desk.replica(signing=True)
    with HttpTransport(replica.deployment.url) as transport, desk.progress("syncing") as advance:
        world = Surroundings(
            random=random.random, wait=_waiting, watch=_watching(advance), failures_max=max(tries - 1, 0)
        )
        return SyncClient(replica, transport, world).sync()


def _waiting(seconds: float) -> bool:
    time.sleep(seconds)
    return True


def _watching(advance: Callable[[int, int | None], None]) -> Callable[[Progress], None]:
    return lambda progress: advance(progress.done, progress.total)


def _told(desk: Desk, report: Report, *, final: bool = True) -> Answer:
    if report.error is not None and final:
        raise report.error
    counts, returned = views.counts(desk.replica()), returned_reports(desk)
    data = {
        "complete": report.complete, "sealed": report.sealed, "receipts": report.received, "fresh": report.fresh,
        "held_back": {set_id.hex(): code for set_id, code in report.held_back.items()},
        "diverged": report.diverged, "healed": report.healed, "requests": report.traffic.requests,
        "bytes_up": report.traffic.bodies_up, "bytes_down": report.traffic.bodies_down,
        "status": counts_data(counts), "returned": returned_data(returned),
    }  # fmt: skip
    lines = [desk.say("synced", up=report.received, down=report.fresh)]
    if report.error is not None:
        lines = [report.error.sentence(desk.language)]
    if report.healed:
        lines.append(desk.say("healed"))
    code = DONE
    if report.held_back:
        codes = sorted(set(report.held_back.values()))
        told = ", ".join(_why_held_back(desk, code) for code in codes)
        lines += [desk.say("held-back", count=len(report.held_back), codes=told), desk.say("held-back-next")]
        code = LATER
    if report.diverged:
        lines.append(desk.say("diverged", count=len(report.diverged)))
        code = DAMAGED
    return Answer(data, [*lines, *lamp(desk, counts), *returned_lines(desk, returned)], code)


def _why_held_back(desk: Desk, code: str) -> str:
    """A code of the server with its words, if it is one that is known here."""
    known = LABELS.get(f"held-{code}")
    return code if known is None else f"{desk.words(known)}: {code}"
