"""One job done to many items, in their order, by several processes where that is worth while.

- A process is a copy of this one, made when the work begins: it knows all that was known by then, and nothing that comes after.
  So a job may be any function; only items and answers travel.
- At most one item for each process is on its way, so what is held does not grow with the number of items.
- A process that ends before it has answered, or a job that fails, is an error here (`Lost`): nothing is passed over.
- Where a process cannot be copied, and for one that is to be the only one, the job is done here.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

PROCESSES_MAX: Final = 4  # one process hands out all the work: more of them would wait for it
SECONDS_TO_END: Final = 5.0


class Lost(RuntimeError):
    """Work that nobody has done."""


def processes_here() -> int:
    """How many processes may work at a time; 1 where a process cannot be copied safely."""
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, PROCESSES_MAX)


def done(job: Callable[[Item], Answer], items: Iterable[Item], processes: int) -> Iterator[tuple[Item, Answer]]:
    """Each item with what the job makes of it. Raises Lost where that cannot be known."""
    if processes < 2:
        for item in items:
            yield item, job(item)
        return
    crew = _Crew(job, processes)
    try:
        yield from crew.done(items)
    finally:
        crew.end()


class _Crew:
    def __init__(self, job: Callable[[Any], Any], processes: int) -> None:
        # Only here: who has a small bundle need not wait until this is imported.
        from multiprocessing import get_context

        context = get_context("fork")
        self._pipes: list[Any] = []
        self._processes: list[Any] = []
        try:
            for _ in range(processes):
                ours, theirs = context.Pipe()
                self._pipes.append(ours)
                process = context.Process(target=_work, args=(job, theirs, tuple(self._pipes)), daemon=True)
                process.start()
                self._processes.append(process)
                theirs.close()  # or its end would never be heard of
        except BaseException:
            self.end()
            raise

    def done(self, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        given: deque[tuple[Any, Any]] = deque()
        for number, item in enumerate(items):
            pipe = self._pipes[number % len(self._pipes)]
            if len(given) == len(self._pipes):  # the oldest one is that of this process
                yield given.popleft()[0], _answer(pipe)
            _give(pipe, item)
            given.append((item, pipe))
        for item, pipe in given:
            yield item, _answer(pipe)

    def end(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(SECONDS_TO_END)
            if process.is_alive():
                process.kill()
                process.join()


def _give(pipe: Any, item: Any) -> None:
    try:
        pipe.send(item)
    except OSError as error:
        raise Lost("a process of the verification has ended before its time") from error


def _answer(pipe: Any) -> Any:
    try:
        fault, answer = pipe.recv()
    except (EOFError, OSError) as error:
        raise Lost("a process of the verification has ended before its time") from error
    if fault is not None:
        raise Lost(fault)
    return answer


def _work(job: Callable[[Any], Any], pipe: Any, of_others: Sequence[Any]) -> None:
    """The life of a process: item after item, until there is nobody to give one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts means the one that hands out the work
    for other in of_others:
        other.close()
    with suppress(EOFError, OSError):
        while True:
            item = pipe.recv()
            fault, answer = None, None
            try:
                answer = job(item)
            except Exception as error:
                fault = f"{type(error).__name__}: {error}"
            pipe.send((fault, answer))
