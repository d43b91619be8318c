"""kill -9 while 8 to 16 clients write: of workers, of the master alone, of the whole service. Nothing acknowledged is lost."""

import random
import time

from tests.faults.drill import Crew, Place, Server, Tally, audit, serving, writing
from tests.faults.service import group_of
from tests.postgres import wait_until

KILLS = 3


def test_a_killed_worker_takes_nothing_along_and_is_replaced(place: Place, luck: random.Random, tally: Tally) -> None:
    with serving(place, workers=3) as server, writing(crew_at(server, luck)) as crew:
        for _ in range(KILLS):
            after_some_writes(crew, luck)
            server.kill_worker(luck.choice(server.worker_pids()))
        server.wait_ready()
        crew.wait_for(10)
        told = crew.finish()
        server.stop()
        tally.add(audit(place, told, server))


def test_a_killed_service_takes_nothing_along_and_goes_on_where_it_was(place: Place, luck: random.Random, tally: Tally) -> None:
    with serving(place) as server, writing(crew_at(server, luck)) as crew:
        after_some_writes(crew, luck)
        server.kill()
        server.start()
        after_some_writes(crew, luck)
        server.kill_master()
        wait_until(lambda: not group_of(server.master.pid), 10)  # workers without a master end, and let go of the port
        server.start()
        crew.wait_for(10)
        told = crew.finish()
        server.stop()
        tally.add(audit(place, told, server, figures=True))


def crew_at(server: Server, luck: random.Random) -> Crew:
    return Crew(server.place, server.port, str(luck.random()), writers=luck.randint(8, 16))


def after_some_writes(crew: Crew, luck: random.Random) -> None:
    """At a moment when answers are flowing, whatever is going on in the service just then."""
    crew.wait_for(luck.randint(2, 15))
    time.sleep(luck.uniform(0, 0.05))
