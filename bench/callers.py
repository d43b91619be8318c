"""Who calls during an hour of load: writers, readers, exports, readers of the log, page users and a monitor, each at its pace.

A caller that finds the service away tries again for a minute; whoever writes sends the same Idempotency-Key. What everybody met is
counted together, and every answer of 400 or more is an error.
"""

import json
import random
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.processes import Failed, run
from bench.years import APPENDING, Entry, fresh_patent, licence, patent, patent_id
from ledger.actions.access import create_token
from ledger.actions.ledger import Ledger

PROGRAMME, ON = "hubei-2025", "2027-07-31"
PATIENCE_SECONDS = 60  # for a service that is being restarted
WRITERS = 3
CONTRACTS = 50  # in a large batch


def contract(place: int, number: int) -> list[Entry]:
    """Three new patents, and a licence of them: so the work of an append stays the same however long the run."""
    ids = [patent_id(10_000_000 * (place + 1) + 3 * number + n) for n in range(3)]
    told = licence(f"w{place}", number)
    told["body"]["lines"] = [{"patent_id": id_} for id_ in ids]
    return [*(patent(APPENDING, id_) for id_ in ids), told]


def event(number: int) -> Entry:
    body = {"activity_type": "roadshow", "title": f"路演 {number}", "held_on": "2026-03-01", "firms": 5}
    return {"kind": "activity", "centre": APPENDING, "body": body}


@dataclass
class Tally:
    """What all callers met, counted together."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    again: int = 0  # requests sent again, because the service was away
    recorded: int = 0  # entries acknowledged
    replayed: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=4000))  # milliseconds of the latest answers

    def met(self, name: str, seconds: float) -> None:
        with self.lock:
            self.asked[name] += 1
            self.recent.append(seconds * 1000)

    def wrong(self, what: str) -> None:
        with self.lock:
            self.errors.append(what)
        print(f"ERROR {what[:400]}", file=sys.stderr, flush=True)


Answer = tuple[int, bytes, dict[str, str]]  # status, body, headers


class Away(Exception):
    """The service did not come back."""


class Caller:
    """One connection that is made anew where the service let go of it."""

    def __init__(self, port: int, tally: Tally, token: str | None) -> None:
        self.port, self.tally, self.token = port, tally, token
        self.connection: HTTPConnection | None = None

    def ask(self, name: str, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        told = {word.replace("_", "-"): text for word, text in headers.items()}
        if self.token:
            told["Authorization"] = f"Bearer {self.token}"
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            begun = time.monotonic()
            try:
                self.connection = self.connection or HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
                self.connection.request(method, path, body, told)
                answer = self.connection.getresponse()
                data = answer.read()
            except (OSError, HTTPException):
                self.close()
                if time.monotonic() > until:
                    raise Away(name) from None
                with self.tally.lock:
                    self.tally.again += 1
                time.sleep(0.2)
                continue
            self.tally.met(name, time.monotonic() - begun)
            if answer.status >= 400:
                self.tally.wrong(f"{name}: {method} {path}: {answer.status} {data[:300]!r}")
            return answer.status, data, {key.lower(): value for key, value in answer.getheaders()}

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


@dataclass(frozen=True)
class Load:
    """Who calls, and how often."""

    port: int
    tally: Tally
    ledger: Ledger
    centres: list[str]
    stop: threading.Event

    def pace(self, seconds: float) -> Iterator[int]:
        """Numbers, one about every so many seconds, until the hour is over."""
        number = 0
        while not self.stop.wait(random.uniform(0.5, 1.5) * seconds):
            yield number
            number += 1

    def caller(self, role: str | None, centre: str | None = None) -> Caller:
        return Caller(self.port, self.tally, role and create_token(self.ledger, role=role, centre=centre))

    def writer(self, place: int) -> None:
        """By turns an event on its own, and a contract with the patents that it is about."""
        caller = self.caller("recorder", APPENDING)
        for number in self.pace(0.25):
            key = {"Content_Type": "application/json", "Idempotency_Key": f"w{place}-{number}"}
            if number % 2:
                status, _, headers = caller.ask("write", "POST", "/v1/entries", json.dumps(event(number)).encode(), **key)
                self.kept(status, headers, 1)
            else:
                self.batch(caller, "contract", contract(place, number), key)

    def batches(self) -> None:
        caller = self.caller("recorder", APPENDING)
        for number in self.pace(20):
            entries = [entry for item in range(CONTRACTS) for entry in contract(WRITERS, number * CONTRACTS + item)]
            self.batch(caller, "batch", entries, {"Content_Type": "application/json", "Idempotency_Key": f"batch-{number}"})

    def batch(self, caller: Caller, name: str, entries: list[Entry], headers: dict[str, str]) -> None:
        body = json.dumps({"entries": entries}).encode()
        status, _, told = caller.ask(name, "POST", "/v1/entries/batch", body, **headers)
        self.kept(status, told, len(entries))

    def kept(self, status: int, headers: dict[str, str], entries: int) -> None:
        with self.tally.lock:
            if status == 201:
                self.tally.recorded += entries
                self.tally.replayed += "idempotency-replayed" in headers

    def reader(self, seed: int) -> None:
        dice = random.Random(seed)
        caller = self.caller("auditor")
        tags: dict[str, str] = {}
        for _ in self.pace(0.25):
            path = dice.choice(self.questions(dice))
            held = {"If_None_Match": tags[path]} if path in tags else {}
            _, _, headers = caller.ask("read", "GET", path, **held)
            if "etag" in headers:
                tags[path] = headers["etag"]
            if len(tags) > 200:
                tags.clear()

    def questions(self, dice: random.Random) -> list[str]:
        centre = dice.choice(self.centres)
        card = f"/v1/programmes/{PROGRAMME}/scorecards"
        return [
            f"{card}/{centre}?on={ON}", f"{card}/{centre}?on={ON}&level=verified", f"{card}?on={ON}",
            f"{card}/{centre}/lines?target=times&on={ON}&limit=50",
            f"{card}/{centre}/changes?since={dice.randrange(2000, 4000)}&on={ON}",
            f"/v1/totals?metric=hei_sme_times&centre={centre}&group_by=month", f"/v1/entries?centre={centre}&limit=100",
            f"/v1/entries?kind=licence&since={dice.randrange(5000)}&limit=50", f"/v1/patents/{fresh_patent(dice.randrange(2000))}",
            f"/v1/pools/{centre}-pool/patents?limit=100", f"/v1/deals/{centre}/{centre}-{dice.randrange(1, 300)}", "/v1/metrics",
        ]  # fmt: skip

    def exporter(self, folder: Path, key: str) -> None:
        caller = self.caller("auditor")
        file = folder / "bundle.zip"
        for number in self.pace(45):
            path = f"/v1/exports/bundle?programme={PROGRAMME}&subject={self.centres[number % len(self.centres)]}&on={ON}"
            status, data, _ = caller.ask("export", "GET", path)
            if status == 200 and number % 5 == 0:
                file.write_bytes(data)
                try:
                    run(["-m", "ledger.actions.verify", str(file), "--key", key])
                    self.tally.met("verified", 0)
                except Failed as failed:
                    self.tally.wrong(f"verify: {failed}")

    def log_reader(self) -> None:
        caller = self.caller(None)
        for _ in self.pace(1):
            _, data, _ = caller.ask("log", "GET", "/log/checkpoint")
            size = int(data.split(b"\n")[1])
            if size >= 256:
                caller.ask("log", "GET", f"/log/tile/0/{random.randrange(min(size // 256, 1000)):03}")

    def page_user(self) -> None:
        token = create_token(self.ledger, role="recorder", centre=self.centres[0])
        for _ in self.pace(10):
            caller = self.caller(None)
            _, _, headers = caller.ask("page", "POST", "/session", f"token={token}".encode(),
                                       Content_Type="application/x-www-form-urlencoded")  # fmt: skip
            cookie = headers.get("set-cookie", "").partition(";")[0]
            caller.ask("page", "GET", "/session", Cookie=cookie)
            caller.ask("page", "GET", f"/v1/programmes/{PROGRAMME}/scorecards/{self.centres[0]}?on={ON}", Cookie=cookie)
            caller.close()

    def monitor(self) -> None:
        caller = self.caller("auditor")
        for _ in self.pace(15):
            caller.ask("monitor", "GET", "/readyz")
            caller.ask("monitor", "GET", "/metrics")
