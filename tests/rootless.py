"""Doing something without the rights of root: root may write where nobody else may."""

import multiprocessing
import os
import signal
from collections.abc import Callable

NOBODY = 65534
_SECONDS = 30


def as_nobody(work: Callable[[], object]) -> str:
    """Run something in a child without the rights of root; the name and the words of what it raised, or nothing."""
    here, there = multiprocessing.Pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(_SECONDS)
        try:
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work()
            there.send("")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
            there.send(f"{type(error).__name__}: {error}")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert here.poll(0), "the child ended without a word"
    return str(here.recv())
