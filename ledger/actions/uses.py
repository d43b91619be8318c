"""When each token was used last: noted in memory by every request. No request waits for it, and none fails by it."""

from threading import Lock


class Uses:
    """The tokens that were used and are not yet written down: no more than there are tokens."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._noted: dict[int, int] = {}

    def note(self, token_id: int, at: int) -> None:
        """A token was used at an instant, in microseconds since 1970."""
        with self._lock:
            self._noted[token_id] = max(at, self._noted.get(token_id, at))

    def take(self) -> dict[int, int]:
        """What was noted, which is then forgotten."""
        with self._lock:
            taken, self._noted = self._noted, {}
        return taken
