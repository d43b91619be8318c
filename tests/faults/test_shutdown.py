"""Told to stop or to reload in the middle of a batch of 5,000 entries and of single writes: what was accepted is answered.

SIGTERM ends the service: who comes later finds no one, and comes again to the next. SIGHUP puts new workers in the place of
the old: nobody is turned away.
"""

import http.client
import json
import random
import signal
import socket
import time
from contextlib import ExitStack

from tests.actions.scene import patent
from tests.faults.drill import Crew, Place, Request, Server, Tally, Told, audit, serving, writing
from tests.faults.service import CENTRES, raw_post, taken_in
from tests.faults.writers import Acknowledged, request_of
from tests.postgres import wait_until

BATCH, WAITING = 5_000, 4  # entries of the batch; single entries sent while it is on its way
ANSWER_SECONDS = 60.0


def test_what_was_accepted_is_finished_and_answered(place: Place, luck: random.Random, fault_round: int, tally: Tally) -> None:
    # By turns, and not the same on both databases: a single round of each sees both.
    reload = (fault_round + place.url.startswith("postgresql")) % 2 == 1
    # Far from what the crew's writers speak of.
    batch = request_of("the-batch", "c1", [patent(number) for number in range(9_000_000, 9_000_000 + BATCH)], batch=True)
    singles = [request_of(f"single-{n}", luck.choice(CENTRES), [patent(9_100_000 + n)], batch=False) for n in range(WAITING)]
    own = Told()
    crew = Crew(place, 0, str(luck.random()), writers=4, patience_seconds=ANSWER_SECONDS)
    with serving(place) as server, writing(crew.at(server)), ExitStack() as opened:
        crew.wait_for(3)
        accepted = [(request, opened.enter_context(sent(server, request))) for request in (batch, *singles)]
        wait_until(lambda: all(taken_in(server.port, socket_) for _, socket_ in accepted), ANSWER_SECONDS)
        time.sleep(luck.uniform(0, 1.0))
        before = server.worker_pids()
        server.master.send_signal(signal.SIGHUP if reload else signal.SIGTERM)
        for request, socket_ in accepted:
            own.sent[request.key] = request
            own.acknowledged[request.key] = Acknowledged(request, answer_on(socket_))
        if reload:
            wait_until(lambda: not set(before) & set(server.worker_pids()), ANSWER_SECONDS)
            server.wait_ready()
        else:
            server.stop()
            server.start()
        crew.wait_for(5)
        told = crew.finish()
        server.stop()
        tally.add(audit(place, [own, told], server))
    assert not (reload and told.unknown), f"a reload dropped {told.unknown} requests"


def sent(server: Server, request: Request) -> socket.socket:
    return raw_post(server.port, server.place.tokens[request.centre], request.path, request.body, request.key)


def answer_on(opened: socket.socket) -> bytes:
    """The body of the 201 that comes."""
    opened.settimeout(ANSWER_SECONDS)
    answer = http.client.HTTPResponse(opened)
    answer.begin()
    body = answer.read()
    assert answer.status == 201, (answer.status, json.loads(body))
    return body
