"""`python -m bench.million [ENTRIES]`: a long log exported and verified, with the memory of every step at its peak.

The log is filled without asking the rules, entry by entry through the world that follows from it, into a SQLite file; so this takes
minutes and not hours. What is measured then is the product's own: `pool-ledger export bundle` and `pool-ledger verify`, each in a
process of its own, for one centre among all, and for the province, whose export discloses every entry.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from bench.figures import ON, PLACE, PROGRAMME, tree
from bench.processes import run
from bench.servers import opened
from bench.years import OFFICE, PROVINCE, PROVINCE_PROGRAMME, centres_of, found, years
from ledger.actions.ledger import Ledger
from ledger.facts.entries import Entry
from ledger.facts.world import World
from ledger.signing import load_key
from ledger.store import lines, log
from ledger.store.database import reading, writing
from schemas.entries import load_batch

ENTRIES_PER_LINE = 1.26  # of bench.years, in the long run
BEGAN = datetime(2027, 8, 2, tzinfo=UTC)


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory(prefix="ledger-million-") as name:
        folder = Path(name)
        url, key = f"sqlite:///{folder / 'ledger.db'}", folder / "signing.key"
        rows = round(entries / ENTRIES_PER_LINE)
        with opened(url, key) as ledger:
            begun = perf_counter()
            size = fill(ledger, rows)
            print(f"filled    {size} entries in {perf_counter() - begun:.0f} s", flush=True)
        environment = {"LEDGER_DATABASE_URL": url, "LEDGER_SIGNING_KEY_FILE": str(key)}
        for programme, subject in ((PROGRAMME, centres_of(rows)[PLACE]), (PROVINCE_PROGRAMME, PROVINCE)):
            file = folder / f"{subject}.zip"
            asked = ["--programme", programme, "--subject", subject, "--on", ON.isoformat(), "-o", str(file)]
            seconds, peak = run(["-m", "ledger", "export", "bundle", *asked], environment)
            told = f"{size / seconds:.0f} entries/s, {peak:.0f} MiB at the peak"
            print(f"export    {subject}: {file.stat().st_size / 2**20:.0f} MiB in {seconds:.0f} s, {told}", flush=True)
            signer = load_key(key)
            assert signer is not None
            seconds, peak = run(["-m", "ledger.actions.verify", str(file), "--key", str(signer.key)])
            ratio = size / seconds / tree(size)
            print(f"verify    {subject}: {seconds:.0f} s, {size / seconds:.0f} entries/s, {ratio:.3f} of the bare tree, "
                  f"{peak:.0f} MiB at the peak", flush=True)  # fmt: skip


def fill(ledger: Ledger, rows: int) -> int:
    found(ledger)
    world = World()
    with reading(ledger.engine) as connection:
        first = list(log.walk(connection, log.read_head(connection).size))
    for entry in first:
        world.take(entry)
    size, seqs = len(first), {entry.centre: entry.seq for entry in first}
    for batch in years(rows):
        new = []
        for said in load_batch({"entries": batch.entries}):
            seqs[batch.centre] = seqs.get(batch.centre, -1) + 1
            at = BEGAN + timedelta(microseconds=size)
            name = f"{batch.role}@{batch.centre}"
            new.append(Entry(size, batch.centre, seqs[batch.centre], at, name, said.fact, (), batch.centre == OFFICE))
            size += 1
        taken = [world.take(entry) for entry in new]
        with writing(ledger.engine) as connection:
            head = log.lock_head(connection)
            log.append(connection, head, new, log.stream_ends(connection, [batch.centre]))
            lines.apply(connection, taken)
    return size


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
