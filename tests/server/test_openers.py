"""Opening in processes of their own: the same answers, in turn; one that dies is started anew and loses nothing."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from haidang_protocol import canonical
from haidang_protocol.frames import Outgoing, write_groups
from haidang_protocol.statements import OwnTip
from haidang_server.errors import BusyError
from haidang_server.opener import Opener, Question
from haidang_server.openers import Openers
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.world import World


def questions(world: World, count: int) -> list[Question]:
    """Groups of one set each, as a phone would send them one after the other."""
    reports = [world.phone.report(number) for number in range(count)]
    return [
        Question(canonical.encode(group), world.phone.id, (), None, (world.phone.public,))
        for report in reports
        for group in write_groups([Outgoing(report.id, report.parts)])
    ]


async def test_processes_answer_what_would_be_answered_in_place(world: World) -> None:
    asked = questions(world, 20)
    openers = Openers(2)
    openers.start()
    answers = await asyncio.gather(*map(openers.open, asked))
    here = Opener()
    assert list(answers) == [here.open(each) for each in asked]
    assert all(frame.checked for answer in answers for frame in answer.frames)
    await openers.stop()


async def test_a_process_that_dies_fails_what_it_held_and_is_started_again(world: World) -> None:
    openers = Openers(1)
    openers.start()
    (question,) = questions(world, 1)
    await openers.open(question)
    (line,) = openers.lines
    assert line.process is not None
    os.kill(line.process.pid, signal.SIGSTOP)
    waiting = asyncio.ensure_future(openers.open(question))
    await asyncio.sleep(0.05)
    os.kill(line.process.pid, signal.SIGKILL)
    with pytest.raises(BusyError):
        await waiting
    assert (await openers.open(question)).frames[0].checked
    await openers.stop()


async def test_a_process_that_is_stopped_and_goes_on_loses_no_byte(world: World) -> None:
    reports = [world.phone.report(number) for number in range(40)]
    group, *_ = write_groups([Outgoing(report.id, report.parts) for report in reports])
    question = Question(canonical.encode(group), world.phone.id, (), None, (world.phone.public,))
    openers = Openers(1)
    openers.start()
    expected = await openers.open(question)
    (line,) = openers.lines
    assert line.process is not None

    async def disturb(process: int) -> None:
        while True:
            os.kill(process, signal.SIGSTOP)
            os.kill(process, signal.SIGCONT)
            await asyncio.sleep(0.0005)

    disturbing = asyncio.create_task(disturb(line.process.pid))
    try:
        for _ in range(2):
            answers = await asyncio.gather(*(openers.open(question) for _ in range(30)))
            assert all(answer == expected for answer in answers)
    finally:
        disturbing.cancel()
        await openers.stop()


def test_a_hub_with_openers_takes_what_one_without_takes(folder: Path, world: World) -> None:
    reports = [world.phone.report(number) for number in range(130)]
    with running(folder, openers=2) as hub:
        answer = hub.sync(Caller(world, world.phone), reports, tips=())
        assert answer.receipt is not None
        assert [(entry.tip, entry.sets) for entry in answer.receipt.entries] == [(reports[-1].id, 130)]
        assert not answer.outcomes


def test_what_is_no_group_is_a_fault_and_not_an_end(world: World) -> None:
    opener = Opener()
    for message in (b"", b"\xc1", canonical.encode([2]), canonical.encode([10, bytes(16)])):
        assert opener.open(Question(message, world.phone.id, (), None)).fault


def test_a_key_that_an_opener_was_not_told_leaves_the_check_to_who_asked(world: World) -> None:
    (question,) = questions(world, 1)
    stranger = Opener().open(Question(question.message, question.key, (), None))
    assert [(frame.checked, frame.code) for frame in stranger.frames] == [(False, "")]


def test_frames_that_follow_tips_and_earlier_groups_are_restored_across_openers(world: World) -> None:
    reports = [world.phone.report(number) for number in range(131)]
    tip = reports[0]
    tips = (OwnTip(tip.header.scope, 0, 0, tip.id),)
    groups = list(write_groups([Outgoing(each.id, each.parts) for each in reports[1:]], world.phone.id, tips))
    before, ids = None, []
    for group in groups:
        question = Question(canonical.encode(group), world.phone.id, tips, before, (world.phone.public,))
        answer = Opener().open(question)
        before = answer.before
        ids += [frame.opened.id for frame in answer.frames if frame.opened]
    assert len(groups) > 2
    assert ids == [each.id for each in reports[1:]]


async def test_a_process_that_cannot_be_had_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when memory or process numbers are short for a while."""
    openers = Openers(1)
    openers.start()
    (question,) = questions(world, 1)
    await openers.open(question)

    async def none(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as short:
        short.setattr("haidang_server.openers.asyncio.create_subprocess_exec", none)
        short.setattr("haidang_server.openers.ASK_S", 0.5)
        (line,) = openers.lines
        assert line.process is not None
        line.process.kill()
        await asyncio.sleep(0.3)
        with pytest.raises(BusyError):
            await openers.open(question)
    assert (await openers.open(question)).frames[0].checked
    await openers.stop()
