"""Finding guards in the source, and taking each away for a while.

A function is changed where it is, by another code object, so it is changed for whoever calls it; afterwards it is as before.
"""

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from flask import g

from ledger.facts.actors import ROLES, Actor
from ledger.facts.kinds.base import Fact
from ledger.facts.rules import table
from ledger.facts.rules.context import Rule
from ledger.web import auth
from tests.access.guards import BROKEN, CHECKS, NARROWINGS, REFUSALS, RIGHTS, SAYERS, Narrowing, Place
from tests.access.house import House

ROOT: Final = Path(__file__).resolve().parents[2]

# --- reading the source ----------------------------------------------------------------------------------------------

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "ledger").rglob("*.py"))


@cache
def source_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def functions(path: str) -> dict[str, Definition]:
    """The functions and methods of a module by their names; what is defined inside another one belongs to it."""
    found: dict[str, Definition] = {}

    def look(nodes: list[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, Definition):
                found[prefix + node.name] = node
            elif isinstance(node, ast.ClassDef):
                look(node.body, f"{prefix}{node.name}.")

    look(ast.parse(source_of(path)).body, "")
    return found


def is_refusal(node: ast.AST) -> bool:
    """Whether a statement refuses: says `forbidden`, lets a sayer say it, or asks a check."""
    match node:
        case ast.Raise() | ast.Return() | ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            return any(isinstance(inner, ast.Call) and (_says(inner) or _name(inner) in SAYERS) for inner in ast.walk(node))
        case ast.Expr(value=ast.Call() as call):
            return _name(call) in CHECKS
        case _:
            return False


def _says(call: ast.Call) -> bool:
    return any(isinstance(one, ast.Constant) and one.value == "forbidden" for one in call.args)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def refusals(node: Definition) -> list[ast.stmt]:
    """The refusals of a function, in the order in which they stand."""
    found = [inner for inner in ast.walk(node) if isinstance(inner, ast.stmt) and is_refusal(inner)]
    return sorted(found, key=lambda one: (one.lineno, one.col_offset))


def looks_at_rights(node: Definition) -> bool:
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    names |= {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
    return not names.isdisjoint(RIGHTS)


# --- taking away -----------------------------------------------------------------------------------------------------


class Removal(NamedTuple):
    """A guard, how it is taken away, and where its absence is noticed."""

    name: str
    noticed: Place
    without: Callable[[House], Any]  # a context manager


def removals(house: House) -> list[Removal]:
    found = []
    for where, told in REFUSALS.items():
        for place, noticed in ((place, noticed) for place, noticed in enumerate(told) if noticed != BROKEN):
            found.append(Removal(f"{where} #{place + 1}", noticed, _dropping(where, place)))
    for one in NARROWINGS:
        found.append(Removal(f"{one.function}: {one.guard.strip()} -> {one.without.strip()}", one.noticed, _replacing(one)))
    for fact, rules in table.RULES.items():
        for rule in rules:
            if f"{_module_path(rule)}:{rule.__name__}" in REFUSALS:
                found.append(Removal(f"{rule.__name__} of {fact.kind}", Place("rules", f" {fact.kind}"), _rule_gone(fact, rule)))
    for route in house.app.url_map.iter_rules():
        area = getattr(house.app.view_functions[route.endpoint], "guarded_by", None)
        if area in (None, auth.OPEN):
            continue
        noticed = Place("old") if area == auth.LOG else Place("doors", route.rule)
        found.append(Removal(f"{route.endpoint}: token", noticed, _unguarded(route.endpoint, asks_role=True)))
        if len(auth.AREAS[area]) < len(ROLES):
            found.append(Removal(f"{route.endpoint}: role", noticed, _unguarded(route.endpoint, asks_role=False)))
    return found


def _module_path(function: Callable[..., Any]) -> str:
    return function.__module__.replace(".", "/") + ".py"


def _dropping(where: str, place: int) -> Callable[[House], Any]:
    """The function without one of its refusals."""

    def changed() -> ast.Module:
        path, _, name = where.partition(":")
        tree = ast.parse(source_of(path))
        (node,) = _found(tree, name)
        changed_tree: ast.Module = _Without(refusals(node)[place]).visit(tree)
        return ast.fix_missing_locations(changed_tree)

    return lambda _: _recoded(where, changed)


class _Without(ast.NodeTransformer):
    def __init__(self, statement: ast.stmt) -> None:
        self.statement = statement

    def visit(self, node: ast.AST) -> Any:
        if node is not self.statement:
            return self.generic_visit(node)
        # A generator stays one.
        yields = isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)
        return ast.parse("yield from ()").body[0] if yields else ast.Pass()


def _found(tree: ast.Module, name: str) -> list[Definition]:
    nodes: list[Any] = [tree]
    for part in name.split("."):
        nodes = [inner for node in nodes for inner in node.body if getattr(inner, "name", None) == part]
    return nodes


def _replacing(one: Narrowing) -> Callable[[House], Any]:
    def changed() -> ast.Module:
        path, _, name = one.function.partition(":")
        text = source_of(path)
        (node,) = _found(ast.parse(text), name)
        lines = text.splitlines(keepends=True)
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        body = "".join(lines[first:last])
        assert one.guard in body, f"{one.function} does not say {one.guard!r} any more: say here what it says now"
        return ast.parse("".join([*lines[:first], body.replace(one.guard, one.without), *lines[last:]]))

    return lambda _: _recoded(one.function, changed, one.made_once)


@contextmanager
def _recoded(where: str, changed: Callable[[], ast.Module], made_once: str = "") -> Iterator[None]:
    path, _, name = where.partition(":")
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    holder: Any = module
    for part in name.split("."):
        holder = inspect.getattr_static(holder, part)
    function = inspect.unwrap(holder)
    assert isinstance(function, FunctionType)
    code = _code_of(compile(changed(), str(ROOT / path), "exec"), name)
    before = function.__code__
    assert code.co_freevars == before.co_freevars
    function.__code__ = code
    kept = getattr(module, made_once) if made_once else None
    try:
        if made_once:
            setattr(module, made_once, function())
        yield
    finally:
        function.__code__ = before
        if made_once:
            setattr(module, made_once, kept)


def _code_of(module: CodeType, name: str) -> CodeType:
    todo = [module]
    while todo:
        code = todo.pop()
        if code.co_qualname == name:
            return code
        todo += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    raise LookupError(name)


def _rule_gone(fact: type[Fact], rule: Rule) -> Callable[[House], Any]:
    @contextmanager
    def without(_: House) -> Iterator[None]:
        rules: Any = table.RULES
        before = rules[fact]
        rules[fact] = tuple(one for one in before if one is not rule)
        try:
            yield
        finally:
            rules[fact] = before

    return without


def _unguarded(endpoint: str, *, asks_role: bool) -> Callable[[House], Any]:
    """A route whose guard does not ask for a token any more, or lets in whoever has one."""

    @contextmanager
    def without(house: House) -> Iterator[None]:
        views = house.app.view_functions
        guarded: Any = views[endpoint]

        def open_to_all(*args: Any, **path: Any) -> Any:
            g.actor = Actor("auditor", "anybody") if asks_role else auth.caller().actor
            return guarded.__wrapped__(*args, **path)

        views[endpoint] = open_to_all
        try:
            yield
        finally:
            views[endpoint] = guarded

    return without
