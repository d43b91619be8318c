"""One caller with a token, who looks at every answer: what only a careful client notices of a service that cannot work just now.

The writers of a crew are the load; a door is for what a drill wants to know in between.
"""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from tests.faults.service import Place

PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]  # by lower-case name
    value: Any  # bytes, where it is no JSON

    @property
    def size(self) -> int:
        """How much of the log was seen."""
        return int(self.headers["ledger-size"])


@dataclass(frozen=True)
class Door:
    """Requests to a server on 127.0.0.1 in a centre's name. Raises OSError or HTTPException where no answer comes."""

    place: Place
    port: int
    centre: str

    def get(self, path: str) -> Reply:
        return self._ask("GET", path, None, {})

    def say(self, kind: str, body: Mapping[str, Any], *, key: str | None = None, dry_run: bool = False) -> Reply:
        value = {"kind": kind, "centre": self.centre, "body": body}
        more = {} if key is None else {"Idempotency-Key": key}
        return self._ask("POST", "/v1/entries?dry_run=true" if dry_run else "/v1/entries", json.dumps(value).encode(), more)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """All that the centre has said of a kind."""
        found: list[dict[str, Any]] = []
        path = f"/v1/entries?centre={self.centre}&kind={kind}&limit=200"
        more = ""
        while True:
            reply = self.get(path + more)
            assert reply.status == 200, reply
            found += reply.value["items"]
            if not reply.value["next"]:
                return found
            more = f"&cursor={reply.value['next']}"

    def _ask(self, method: str, path: str, body: bytes | None, more: Mapping[str, str]) -> Reply:
        headers = {"Authorization": f"Bearer {self.place.tokens[self.centre]}", "Content-Type": "application/json", **more}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            raw = answer.read()
        reply = Reply(answer.status, told, json.loads(raw) if "json" in told["content-type"] else raw)
        assert reply.status < 500 or reply.status == 503, reply
        if reply.status == 503:
            assert int(reply.headers["retry-after"]) > 0, reply
            assert reply.value["code"] == "unavailable", reply
        return reply
