"""`example`: the worked example of Kiên Giang, made at the first start and served from then on."""

import os
import threading
from pathlib import Path
from typing import Final

from haidang_server.commands.serve import run
from haidang_server.errors import ServerError
from haidang_server.settings import overridden, read_settings
from haidang_server.stage.example_office import ExampleOffice
from haidang_server.stage.example_words import HEAD, NEXT, STEPS, TOLD
from haidang_server.stage.hub_process import HOST
from haidang_server.stage.programs import PERSON, find_program
from haidang_server.stage.worked_example import Amount, WorkedExample, exists, make_example, open_example
from haidang_server.system_clock import now
from haidang_server.telemetry import start_log
from haidang_server.terminal import say, show

DATA: Final = Path("data") / "example"


def example(
    *,
    data: Path = DATA,
    port: int | None = None,
    reports: bool = True,
    with_year: bool = False,
) -> None:
    """Chạy ví dụ Kiên Giang / Serve the worked example; the first line on stdout is its address.

    Args:
        data: The folder of the example; made if it is not there.
        port: Where to listen; only chosen when the example is made, since its devices remember it.
        reports: Load made-up reports of a few communes when the example is made.
        with_year: Load those of the whole province in 2019 (minutes).
    """
    lang = read_settings().lang
    amount: Amount = "year" if with_year else "few" if reports else "none"
    if exists(data):
        ready = open_example(data, port, now())
    else:
        ready = make_example(data, port, amount, now(), lambda step: say(STEPS[step][lang]))
    settings = overridden(
        read_settings({}), data=ready.hub_folder, host=HOST, port=ready.plan.port, log_level="warning"
    )
    start_log(settings.log_level)
    office = ExampleOffice(
        ready, lambda fingerprint: say(TOLD["confirmed"][lang].format(fingerprint=fingerprint))
    )
    threading.Thread(target=lambda: _open_office(ready, office, lang), name="office", daemon=True).start()
    try:
        run(settings)
    finally:
        office.close()


def _open_office(ready: WorkedExample, office: ExampleOffice, lang: str) -> None:
    """When the hub listens: send the invitations there, say what to run, then confirm whoever uses them."""
    office.wait_for_hub()
    try:
        ready.office.sync()
    except ServerError as error:
        say(error.sentence(lang))
        return
    show({}, _what_next(ready, lang), as_json=False)
    office.watch()


def _what_next(ready: WorkedExample, lang: str) -> str:
    """The lines behind the address: what this is, how to enrol, what to run then."""
    program = os.path.relpath(find_program(PERSON))
    users = os.path.relpath(ready.folder.with_name("users"))
    lines = [HEAD[lang].format(folder=ready.folder, reports=ready.plan.reports)]
    for each in ready.plan.invited:
        lines.append(f"\n# {each.unit} ({each.role})")
        lines.append(f"{program} enrol '{each.offer}' --home {users}/{each.user} --no-passphrase")
    lines.append(NEXT[lang].format(haidang=program, commune=f"{users}/commune", district=f"{users}/district"))
    return "\n".join(lines)
