"""The same keys from everywhere at once, and clients that hang up: each key stands for one thing, and answers with it for ever."""

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

from tests.actions.scene import licence, patent
from tests.faults.drill import Crew, Place, Tally, audit, serving, writing
from tests.faults.service import CENTRES, Server
from tests.faults.writers import Acknowledged, Client, Request, Told, request_of

WRITERS, PROCESSES, KEYS = 16, 4, 10
LAST_WORD_SECONDS = 60
Answer = tuple[int, bytes, bool]


def test_sixteen_writers_with_the_same_keys_record_each_once(place: Place, luck: random.Random, tally: Tally) -> None:
    same = [one_of(number, luck) for number in range(KEYS)]
    # One key, and something else from each of them: the first one there has it.
    contest = [request_of("contested", "c1", [patent(9_000 + number)], batch=False) for number in range(WRITERS)]
    ready = Barrier(WRITERS)

    def write(server: Server, number: int, seed: float) -> list[tuple[Request, Answer]]:
        own = random.Random(seed)
        asked = own.sample([*same, contest[number]], KEYS + 1)
        with closing(Client(server.port, LAST_WORD_SECONDS)) as client:
            ready.wait(LAST_WORD_SECONDS)
            return [(request, client.send(place.tokens[request.centre], request)) for request in asked]

    with serving(place, PROCESSES) as server, ThreadPoolExecutor(WRITERS) as threads:
        asked = [threads.submit(write, server, number, luck.random()) for number in range(WRITERS)]
        answered = [pair for one in asked for pair in one.result(LAST_WORD_SECONDS)]
        server.stop()
    told = Told(sent={request.key: request for request in same})
    for request in same:
        answers = [answer for asked_for, answer in answered if asked_for is request]
        assert {(status, body) for status, body, _ in answers} == {(201, answers[0][1])}, request.key
        assert sorted(replayed for *_, replayed in answers) == [False] + [True] * (WRITERS - 1)
        told.acknowledged[request.key] = Acknowledged(request, answers[0][1])
        told.replayed += WRITERS - 1
    contested = {request: answer for request, answer in answered if request.key == "contested"}
    assert Counter(status for status, *_ in contested.values()) == {201: 1, 422: WRITERS - 1}
    for request, (status, body, replayed) in contested.items():
        assert not replayed
        if status == 201:
            told.sent[request.key], told.acknowledged[request.key] = request, Acknowledged(request, body)
        else:
            assert json.loads(body)["code"] == "idempotency-mismatch"
    tally.add(audit(place, told, server))


def test_clients_that_hang_up_find_their_entry_once_when_they_come_back(place: Place, luck: random.Random, tally: Tally) -> None:
    with serving(place) as server, writing(Crew(place, server.port, str(luck.random()), writers=12, vanish=0.6)) as crew:
        crew.wait_for(60)
        told = crew.finish()
        server.stop()
        tally.add(audit(place, told, server))
    assert told.unknown > 0
    assert told.replayed > 0, "nothing was recorded for a client that had gone"


def one_of(number: int, luck: random.Random) -> Request:
    """A single entry, or a batch with a licence in it."""
    centre, patents = luck.choice(CENTRES), range(100 * number, 100 * number + luck.randint(1, 8))
    if len(patents) == 1:
        return request_of(f"same-{number}", centre, [patent(patents[0])], batch=False)
    return request_of(f"same-{number}", centre, [*map(patent, patents), licence(f"S-{number}", patents)], batch=True)
