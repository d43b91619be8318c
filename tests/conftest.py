"""What every test can ask for: a fresh database on each engine, a browser, and luck that can be had again.

- `database_url` runs its test twice, on SQLite and on PostgreSQL; `sqlite_url` and `postgresql_url` ask for one of them.
- `engine` is `database_url` opened, and closed again: what a test leaves open fails it.
- `elsewhere` makes empty databases, of the kind that is asked for.
- Schemas are built by the migrations, once a session; a test gets a copy of the migrated database.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, create_engine

from tests.browser import running_browser, watched_page
from tests.postgres import postgres

# Examples differ from run to run, and a failure prints what repeats it: the blob of the example and the seed of the run.
COMMON = settings(deadline=None, print_blob=True, derandomize=False, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", COMMON, max_examples=30)
settings.register_profile("ci", COMMON, max_examples=100)
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")


@pytest.hookimpl(tryfirst=True)  # before Hypothesis' own plugin reads the same options
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis-profile") is None:
        config.option.hypothesis_profile = "ci" if IN_CI else "dev"
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    return f"repeat with: --hypothesis-seed={config.getoption('--hypothesis-seed')}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    from ledger.store.database import connect

    opened = connect(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copyfile(migrated_file, tmp_path / 'ledger.db')}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    build(f"sqlite:///{path}")
    assert [p.name for p in path.parent.iterdir()] == [path.name]  # one file is the whole of it: the write-ahead log is merged
    return path


@pytest.fixture
def postgresql_url(migrated_database: tuple[Engine, str]) -> Iterator[str]:
    admin, template = migrated_database
    with database(admin, f"{template}_{next(NUMBERS)}", f"TEMPLATE {template} STRATEGY FILE_COPY") as url:
        yield url


Elsewhere = Callable[[str], Engine]


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Elsewhere]:
    """Databases in which nothing was ever done, of the kind that is asked for: `sqlite` or `postgresql`."""
    from ledger.store.database import connect

    with ExitStack() as stack:

        def made(kind: str) -> Engine:
            number = next(NUMBERS)
            if kind == "sqlite":
                engine = connect(f"sqlite:///{tmp_path / f'elsewhere-{number}.db'}")
            else:
                admin = create_engine(request.getfixturevalue("postgresql_server"), isolation_level="AUTOCOMMIT")
                stack.callback(admin.dispose)
                engine = connect(stack.enter_context(database(admin, f"ledger_elsewhere_{os.getpid()}_{number}")))
            stack.callback(engine.dispose)
            return engine

        yield made


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: str) -> Iterator[tuple[Engine, str]]:
    """The server's maintenance database, opened, and the name of a migrated one to copy."""
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with database(admin, f"ledger_test_{os.getpid()}") as url:
        build(url)
        yield admin, f"ledger_test_{os.getpid()}"
    admin.dispose()


NUMBERS = count(1)


@contextmanager
def database(admin: Engine, name: str, how: str = "") -> Iterator[str]:
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} {how}")
    try:
        yield admin.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def build(url: str) -> None:
    from ledger.store.database import connect
    from ledger.store.schema import migrate

    engine = connect(url)
    migrate(engine)
    engine.dispose()


# Playwright keeps an event loop running in this thread: no longer than for the one module that needs it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser) as watched:
        yield watched
