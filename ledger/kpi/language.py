"""The KPI language: TOML files of metrics and programmes, read strictly, told by name.

- All folders are one namespace: a file may extend a metric of another, and a name defined twice is an error.
- A file holds `[metric.ID]` and `[programme.ID]` and nothing else. Unknown keys, wrong types, unknown names, circles and units that
  do not fit are faults, each with file, key and reason; all of them come at once in `BadProgrammes`, and then nothing is loaded.
- The built-in files come first, then the folders of the settings in their order; within a folder, files by name.
- A definition that was kept (`resolved`) can be read again when the files have moved on: `revive` holds it to the same rules.

The values are in `definitions`, the rules for them in `metrics` and `targets`, the vocabulary in `fields` and `windows`.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ledger.kpi import targets
from ledger.kpi.definitions import Catalogue, Label, Metric, Programme, Target, Test, exact_in
from ledger.kpi.metrics import Metrics
from ledger.kpi.reading import BadProgrammes, Fault, Table, check_id, read_file

__all__ = [
    "BUILT_IN", "BadProgrammes", "Catalogue", "Fault", "Label", "Metric", "Programme", "Target", "Test",
    "check_files", "exact_in", "load", "load_all", "revive",
]  # fmt: skip

BUILT_IN: Final = Path(__file__).parent / "programmes"


def load(*folders: Path) -> Catalogue:
    """Everything that the TOML files directly in some folders define, as one namespace. A folder may be empty, but not missing."""
    faults: list[Fault] = []
    files = [file for folder in folders for file in _files_in(folder, faults)]
    return _catalogue(files, faults)


def load_all(extra: Sequence[Path] = ()) -> Catalogue:
    """The built-in definitions and those of further folders."""
    return load(BUILT_IN, *extra)


def check_files(paths: Sequence[Path]) -> Catalogue:
    """What the catalogue would be with some files (or folders) beside the built-in ones; raises BadProgrammes with their faults."""
    faults: list[Fault] = []
    files = [file for path in paths for file in (_files_in(path, faults) if path.is_dir() else [path])]
    return _catalogue([*_files_in(BUILT_IN, faults), *files], faults)


def revive(programme_id: str, resolved: Mapping[str, object]) -> Programme:
    """The programme whose resolved definition was kept; its digest is that of the kept definition, or it raises BadProgrammes."""
    faults: list[Fault] = []
    kept = Table(f"kept definition of {programme_id}", "", resolved, faults)
    metrics = kept.table("metrics")
    tables = {} if metrics is None else {metric_id: table for metric_id in metrics.values if (table := metrics.table(metric_id))}
    said = {name: value for name, value in resolved.items() if name != "metrics"}
    programme = targets.programme(
        programme_id,
        Table(kept.file, programme_id, said, faults),
        Metrics({metric_id: _as_written(table) for metric_id, table in tables.items()}),
    )
    if programme is None or faults:
        raise BadProgrammes(faults)
    if programme.resolved != resolved:
        raise BadProgrammes([Fault(kept.file, programme_id, "says less or more than a resolved definition")])
    return programme


def _files_in(folder: Path, faults: list[Fault]) -> list[Path]:
    if not folder.is_dir():
        faults.append(Fault(str(folder), "", "there is no such folder"))
        return []
    return sorted(file for file in folder.glob("*.toml") if file.is_file())


def _catalogue(files: Iterable[Path], faults: list[Fault]) -> Catalogue:
    tables: dict[str, dict[str, Table]] = {"metric": {}, "programme": {}}
    # A file reached by two ways (a built-in one that is checked, a folder set twice) is one file, and defines nothing twice.
    for file in {file.resolve(): file for file in files}.values():
        if (top := read_file(file, faults)) is None:
            continue
        top.closed(*tables)
        for sort, defined in tables.items():
            if (group := top.table(sort)) is not None:
                _define(group, defined)
    metrics = Metrics(tables["metric"])
    found = metrics.all()
    programmes = {name: targets.programme(name, table, metrics) for name, table in tables["programme"].items()}
    if faults:
        raise BadProgrammes(faults)
    return Catalogue(
        metrics=MappingProxyType(found),
        programmes=MappingProxyType({name: programme for name, programme in programmes.items() if programme is not None}),
    )


def _define(group: Table, defined: dict[str, Table]) -> None:
    for name in group.values:
        try:
            check_id(name)
        except ValueError as error:
            group.fault(name, str(error))
        if name in defined:
            group.fault(name, f"is already defined in {defined[name].file}")
        elif (table := group.table(name)) is not None:
            defined[name] = table


def _as_written(table: Table) -> Table:
    """A resolved metric as a file would write it: tests in their order, no list that is empty."""
    values = dict(table.values)
    order, where = values.pop("order", None), values.get("where")
    if isinstance(order, list) and isinstance(where, dict):
        # A test that `order` does not name gets lost here and is missed when the two definitions are compared.
        values["where"] = {name: where[name] for name in order if name in where}
    if values.get("date") == []:
        del values["date"]
    return Table(table.file, table.key, values, table.faults)
