"""The house itself: who may import whom, what is installed and from where, what a wheel carries, what a test leaves behind."""

import ast
import configparser
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from sqlalchemy import create_engine

from tests import postgres as launcher

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("ledger", "schemas", "migrations")

# Spelt in halves, so that this file can be searched as well.
REGISTRIES = [name + ".org" for name in ("pypi", "pythonhosted", "npmjs", "deb.debian", "security.debian", "ftp.debian")]


def files_in_git() -> list[Path]:
    """Tracked files, and those that would be with the next `git add`."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def run(*words: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in files_in_git():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in SHIPPED:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def requirements() -> dict[str, list[Requirement]]:
    """What setup.cfg asks for: "" at run time, and each extra."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    asked = {"": config["options"]["install_requires"], **config["options.extras_require"]}
    return {extra: [Requirement(line) for line in lines.strip().splitlines()] for extra, lines in asked.items()}


def locked(name: str) -> tuple[dict[str, Version], set[str]]:
    """The versions that a lock pins, and the names it has because setup.cfg asks for them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pins, asked = {}, set()
    for block in re.split(r"\n(?=\S)", text.strip()):
        pinned = re.match(r"([\w.-]+)==(\S+)", block)
        assert pinned, f"{name} pins no version here: {block}"
        assert "--hash=sha256:" in block, f"{name} takes any file for {pinned[1]}"
        pins[canonicalize_name(pinned[1])] = Version(pinned[2])
        if re.search(r"# +(via )?pool-ledger", block):
            asked.add(canonicalize_name(pinned[1]))
    return pins, asked


def test_imports_run_downhill():
    run(Path(sys.executable).parent / "lint-imports", "--config", "setup.cfg", "--no-cache")


def test_a_package_is_quiet_to_import():
    loud = [
        str(path.relative_to(ROOT))
        for path, module in modules()
        if path.name == "__init__.py" and not all(isinstance(node, ast.Expr) or is_version(node) for node in module.body)
    ]
    assert loud == []


def is_version(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__version__"]


def test_every_module_says_what_its_job_is():
    assert [str(path.relative_to(ROOT)) for path, module in modules() if not ast.get_docstring(module)] == []


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_the_host_of_a_package_registry(host):
    assert [str(path.relative_to(ROOT)) for path in files_in_git() if host.encode() in path.read_bytes().lower()] == []


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ["", "build"]), ("requirements-dev.lock", ["", "build", "test", "lint", "dev"])],
)
def test_a_lock_holds_just_what_the_project_asks_for(lock, extras):
    pins, asked = locked(lock)
    wanted = {canonicalize_name(r.name): r for extra in extras for r in requirements()[extra] if r.name != "pool-ledger"}
    assert asked == set(wanted)
    assert {name: str(pins[name]) for name, r in wanted.items() if pins[name] not in r.specifier} == {}


def test_the_tools_stand_on_the_same_versions_as_the_service():
    service, everything = locked("requirements.lock")[0], locked("requirements-dev.lock")[0]
    assert {name: str(version) for name, version in service.items() if everything.get(name) != version} == {}


def test_whatever_the_service_imports_it_asks_for():
    """Nothing is used only because something else happened to install it, save the parts that Flask is made of."""
    asked = {canonicalize_name(r.name) for r in requirements()[""]} | {"werkzeug", "jinja2", "markupsafe", "webargs", "apispec"}
    free = {*SHIPPED, *sys.stdlib_module_names}
    free |= {name for name, owners in packages_distributions().items() if asked & {canonicalize_name(owner) for owner in owners}}
    assert [(str(path), name) for path, module in modules() for name in imported(module) if name not in free] == []


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_a_wheel_carries_all_that_the_packages_hold(tmp_path):
    checkout = tmp_path / "checkout"
    ours = [path.relative_to(ROOT) for path in files_in_git()]
    for path in ours:
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, checkout / path)
    build = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"
    run(sys.executable, "-c", build, tmp_path, cwd=checkout)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        carried = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert carried == {path.as_posix() for path in ours if path.parts[0] in SHIPPED}


def test_make_knows_the_verbs_of_dev():
    verbs = runpy.run_path(str(ROOT / "dev"))["VERBS"]
    assert set(re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[0].split()) == set(verbs)


@pytest.mark.postgresql
@pytest.mark.skipif("LEDGER_TEST_PG" in os.environ, reason="the server is somebody else's")
@pytest.mark.parametrize("tcp", [False, True])
def test_a_test_server_answers_and_leaves_nothing_behind(tcp):
    with launcher.postgres(tcp=tcp) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW server_version_num").scalar_one() >= "180000"
            data = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        engine.dispose()
        assert data.is_dir()
    assert not data.parent.exists()


@pytest.mark.postgresql
@pytest.mark.skipif("LEDGER_TEST_PG" in os.environ, reason="the server is somebody else's")
def test_a_test_server_goes_with_a_process_that_is_killed():
    holder = "import time; from tests.postgres import postgres\nwith postgres() as url: print(url, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", holder], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        engine = create_engine(process.stdout.readline().strip())
        with engine.connect() as connection:
            data = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        engine.dispose()
        process.send_signal(signal.SIGKILL)
    launcher.wait_until(lambda: not data.parent.exists(), seconds=20)
