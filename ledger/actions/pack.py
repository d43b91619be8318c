"""The verifier as one file: everything that `ledger.actions.verify` reads by, for a machine with Python and nothing else.

- It holds the modules that the verifier imports, those that they import, and so on: found in the source, so none is forgotten and
  none is carried along. Beside our own code that may be rfc8785 alone, which comes whole and with its licence.
- The same sources give the same bytes, on any machine (`proof.archive`): whoever has the release can make the file and compare.
- An older Python says which one it takes, instead of stumbling over a line that it cannot read.
"""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path
from typing import Final

import rfc8785

from ledger.proof.archive import Archive

START: Final = "ledger.actions.verify.cli"
CARRIED: Final = rfc8785.__name__  # the one library that the core needs, pure Python

# Old ways of writing on purpose: any Python 3 has to get as far as the message.
_MAIN: Final = f"""\
# -*- coding: utf-8 -*-
import sys

if sys.version_info < (3, 11):
    sys.exit("This needs Python 3.11 or newer; here is %s.\\n需要 Python 3.11 或更高版本。" % sys.version.split()[0])

from {START} import main

sys.exit(main(sys.argv[1:]))
"""


class CannotPack(Exception):
    """The verifier would need something that the file cannot carry; a mistake of the program."""


def verifier() -> bytes:
    """The file: `python verify.pyz …` runs `ledger.actions.verify.cli.main`, and so does the file itself where it may be run."""
    members = {"__main__.py": _MAIN.encode(), **_ours(), **_carried()}
    archive = Archive()
    steps = [archive.member(name, data) for name, data in sorted(members.items())]
    # Python reads a zip from its end, so that a shell can find its line at the beginning.
    return b"#!/usr/bin/env python3\n" + b"".join(piece for step in (*steps, archive.end()) for piece in step)


def _ours() -> dict[str, bytes]:
    """All modules of the project that the start needs, by their place in the file."""
    if _path(START) is None:
        raise CannotPack(f"there is no {START}")
    sources: dict[str, bytes] = {}
    waiting = [START]
    while waiting:
        module = waiting.pop()
        path = _path(module)
        if path is None or (place := _place(module, path)) in sources:
            continue
        sources[place] = path.read_bytes()
        # To import a module is to import the packages around it.
        waiting += [module.rpartition(".")[0], *_imported(module, sources[place])]
    return sources


def _imported(module: str, source: bytes) -> Iterator[str]:
    """What a module imports of ours, anywhere in it; `from a import b` may mean the module a.b."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{module} imports from its own package"
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            top = name.partition(".")[0]
            if top == "ledger":
                yield name
            elif top != CARRIED and top not in sys.stdlib_module_names:
                raise CannotPack(f"{module} imports {name}")


def _path(module: str) -> Path | None:
    """The source of a module of ours; None where the name is that of something in a module."""
    if not module:
        return None
    home = Path(__file__).resolve().parents[2] / Path(*module.split("."))
    return next((path for path in (home / "__init__.py", home.with_suffix(".py")) if path.is_file()), None)


def _place(module: str, path: Path) -> str:
    return module.replace(".", "/") + ("/__init__.py" if path.name == "__init__.py" else ".py")


def _carried() -> dict[str, bytes]:
    """The library and its licence, by their place in the file."""
    home = Path(rfc8785.__file__).parent
    licences = [path for path in files(CARRIED) or () if path.stem in ("LICENSE", "LICENCE", "COPYING")]
    if not licences:
        raise CannotPack(f"{CARRIED} has no licence file")
    return {
        **{f"{CARRIED}/{path.name}": path.read_bytes() for path in home.glob("*.py")},
        **{f"{CARRIED}/{path.name}": path.read_binary() for path in licences},
    }
