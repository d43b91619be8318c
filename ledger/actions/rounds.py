"""What a process does beside answering: again and again, in a thread of its own, until it is stopped or its process ends."""

from threading import Event, Thread

STOP_SECONDS = 5.0  # for the round that is running: one that hangs is left to the end of the process


class Rounds:
    """A round every so many seconds. What a round does is for the subclass, and that it never raises."""

    once_more = False  # when it is stopped

    def __init__(self, name: str, seconds: float) -> None:
        self._seconds = seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it at once, or after the round that is running."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def round(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self.is_stopping:
            self.round()
            self._stopping.wait(self._seconds)
        if self.once_more:
            self.round()
