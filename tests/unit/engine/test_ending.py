"""A process that is told to end while it holds the very lock that its ending takes."""

import os
import signal
import threading

import pytest

from engine import ending

SECONDS = 20


@pytest.mark.parametrize("number", ending.SIGNALS)
def test_a_signal_may_interrupt_what_the_ending_waits_for(number: signal.Signals) -> None:
    lock, asked, stopped = threading.Lock(), threading.Event(), threading.Event()

    def stop() -> None:
        asked.set()
        with lock:
            stopped.set()

    before = signal.getsignal(number)
    with ending.told(stop):
        with lock:
            os.kill(os.getpid(), number)
            assert asked.wait(SECONDS)
            assert not stopped.is_set()
        assert stopped.wait(SECONDS)
    assert signal.getsignal(number) is before


def test_every_signal_is_told_and_no_other() -> None:
    told: list[int] = []
    changed = threading.Condition()

    def stop() -> None:
        with changed:
            told.append(1)
            changed.notify()

    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with ending.told(stop), changed:
            os.kill(os.getpid(), signal.SIGUSR1)
            os.kill(os.getpid(), signal.SIGTERM)
            assert changed.wait_for(lambda: told == [1], SECONDS)
            os.kill(os.getpid(), signal.SIGTERM)
            assert changed.wait_for(lambda: len(told) > 1, SECONDS)
        assert told == [1, 1]
    finally:
        signal.signal(signal.SIGUSR1, before)
