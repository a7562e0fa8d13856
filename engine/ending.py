"""How a process that stays is told to end."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told(stop: Callable[[], None]) -> Iterator[None]:
    """Have `stop` called at each SIGTERM and SIGINT, in a thread of its own; in the main thread alone.

    Python runs a handler in the middle of whatever the main thread does: one that takes a lock which it has interrupted waits for ever.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    wakes = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)  # first: what comes before the handlers ends the process as ever
    before = [(number, signal.signal(number, lambda *_: None)) for number in SIGNALS]

    def listen() -> None:
        while heard := os.read(reader, 1):
            if heard[0] in SIGNALS:
                stop()

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakes)
        for number, handler in before:
            signal.signal(number, handler)
        os.close(writer)
        listener.join()
        os.close(reader)
