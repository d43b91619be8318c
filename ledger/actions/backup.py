"""Backups: one state of the whole database in one file, and back into an empty one, of whichever of the two kinds.

- What is taken is what one reading transaction sees, while the service goes on; it is streamed.
- A file is restored only where nothing was ever kept, and all or nothing: the schema of its revision, its rows, read back and held
  against the manifest, then the newest schema, in one transaction.
- Neither the signing key nor the fence is in it: a key belongs elsewhere, and a fence that came back with the database would not
  notice that the database is older than what was published (RULINGS 55).
- Nor are the sessions of pages. Tokens are, by their hashes, as they were: one that was revoked since then is good again.

How the rows are read and written is `store.copying`, how the file looks is `backupfile`. Whether what was signed still fits is told
by `sign.look`, before anything is signed, and the rest by `check`.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, Engine

from ledger import __version__
from ledger.actions import backupfile
from ledger.actions.backupfile import Backup, Kept, Manifest, NoBackup
from ledger.actions.ledger import utc_now
from ledger.facts.days import format_instant, from_micros
from ledger.proof.merkle import Damaged
from ledger.store import copying, log, schema
from ledger.store.copying import BadRow, Shape
from ledger.store.database import reading, refresh_statistics, writing

Progress = Callable[[int, int], None]
PASSES: Final = 3  # of a restore over the rows: the file is read, they are loaded, they are read back

_LOG: Final = structlog.get_logger("ledger.backup")


def backup(
    engine: Engine,
    path: Path,
    *,
    origin: str,
    progress: Progress = lambda done, total: None,
    clock: Callable[[], datetime] = utc_now,
) -> Manifest:
    """Write the state of the database to a file, in place of the one that was there. `progress` is told rows.

    Raises NoBackup, OSError.
    """
    with reading(engine) as connection, backupfile.written(path) as file:
        revision = schema.revision(connection)
        if revision is None:
            raise NoBackup("数据库中没有账本,无可备份", "there is no ledger in the database: nothing to back up")
        _check_known(revision, "数据库", "the database")
        taken_at = clock()
        try:
            head = log.read_head(connection)
            shapes = copying.shapes(connection)
            if revision == schema.newest_revision():
                _check_shapes(shapes)
            counts = [copying.count(connection, shape) for shape in shapes]
            tables, before = {}, 0
            for shape, count in zip(shapes, counts, strict=True):
                portions = _counted(copying.portions(connection, shape), before, sum(counts), progress)
                tables[shape.table] = file.table(shape.table, shape.columns, portions)
                before += count
        except (BadRow, Damaged) as error:
            raise NoBackup(
                f"数据库内容已损坏,无法备份({error}):请运行 pool-ledger check 查明",
                f"what lies in the database cannot be backed up ({error}): `pool-ledger check` tells where it is wrong",
            ) from None
        at = format_instant(from_micros(head.recorded_at)) if head.size else None
        left_out = tuple(sorted(copying.LEFT_OUT))
        manifest = Manifest(
            __version__, revision, origin, format_instant(taken_at), head.size, head.root, at, tables, left_out
        )  # fmt: skip
        file.manifest(manifest)
    _LOG.info("backup written", file=str(path), size=manifest.size, rows=manifest.rows, revision=revision)
    return manifest


def _check_shapes(shapes: Sequence[Shape]) -> None:
    """What is made of tables that are not those of the release could not be restored."""
    lacking, added = copying.unlike(shapes)
    if lacking:
        named = ", ".join(lacking)
        raise NoBackup(
            f"数据库缺少本版本应有的 {named},无法备份:请从以前的备份恢复",
            f"the database lacks {named} and cannot be backed up: restore an earlier backup",
        )
    if added:
        named = ", ".join(added)
        raise NoBackup(
            f"数据库中的 {named} 不属于本版本,含有它的备份将无法恢复:请先移除",
            f"{named} is not of this release, and a backup that holds it could not be restored: remove it first",
        )


def _counted(portions: Iterator[tuple[int, bytes]], done: int, total: int, progress: Progress) -> Iterator[tuple[int, bytes]]:
    for count, lines in portions:
        yield count, lines
        done += count
        progress(done, total)


def _check_known(revision: str, zh: str, en: str) -> None:
    if not schema.is_known(revision):
        raise NoBackup(
            f"{zh}的结构版本为 {revision},本程序版本 {__version__} 不认识:请使用产生它的版本或更新的版本",
            f"{en} is at revision {revision}, which release {__version__} does not know: use the release that made it, or a newer "
            "one",
        )


# --- back ------------------------------------------------------------------------------------------------------------


def restore(engine: Engine, path: Path, *, progress: Progress = lambda done, total: None) -> Manifest:
    """Put a backup into an empty database. `progress` is told rows, each of them once for each pass. Raises NoBackup, OSError."""
    with backupfile.opened(path, lambda done, total: progress(done, PASSES * total)) as found:
        manifest = found.manifest
        _check_known(manifest.revision, "备份", "the backup")
        with writing(engine) as connection:
            schema.hold(connection)
            schema.keep_writers_out(connection)
            if not schema.is_empty(connection):
                raise NoBackup(
                    "数据库中已有账本:备份只能恢复到空数据库,请另建数据库(或另一文件)并让 LEDGER_DATABASE_URL 指向它",
                    "the database holds a ledger already: a backup is restored into an empty one only. Make a new database (or "
                    "name another file) and let LEDGER_DATABASE_URL say so",
                )
            schema.bring_to(connection, manifest.revision)
            _put_in(connection, found, path, progress)
            schema.bring_to(connection, schema.newest_revision())
            _compare_log(connection, manifest, path)
    refresh_statistics(engine)
    _LOG.info("backup restored", file=str(path), size=manifest.size, rows=manifest.rows, taken_at=manifest.taken_at)
    return manifest


def _put_in(connection: Connection, found: Backup, path: Path, progress: Progress) -> None:
    manifest = found.manifest
    shapes = copying.shapes(connection)
    if {shape.table: shape.columns for shape in shapes} != {name: kept.columns for name, kept in manifest.tables.items()}:
        raise backupfile.damaged(path, "表结构与版本不符", f"its tables are not those of revision {manifest.revision}")
    done = manifest.rows
    try:
        for shape in shapes:
            for count in copying.load(connection, shape, found.lines(shape.table)):
                done += count
                progress(done, PASSES * manifest.rows)
            copying.set_sequences(connection, shape)
        for shape in shapes:
            if _as_kept(connection, shape) != manifest.tables[shape.table]:
                raise backupfile.damaged(
                    path, f"{shape.table} 写入后与备份不同", f"{shape.table} came out of the database other than it went in"
                )
            done += manifest.tables[shape.table].rows
            progress(done, PASSES * manifest.rows)
    except BadRow as error:
        raise backupfile.damaged(path, str(error), str(error)) from None


def _as_kept(connection: Connection, shape: Shape) -> Kept:
    rows, digest = 0, hashlib.sha256()
    for count, lines in copying.portions(connection, shape):
        rows += count
        digest.update(lines)
    return Kept(shape.columns, rows, digest.hexdigest())


def _compare_log(connection: Connection, manifest: Manifest, path: Path) -> None:
    try:
        head = log.read_head(connection)
        found = (head.size, head.root, manifest.tables["entry"].rows)
    except (Damaged, LookupError) as error:
        raise backupfile.damaged(path, str(error), str(error)) from None
    if found != (manifest.size, manifest.root, manifest.size):
        told = f"{found[0]} {b64encode(found[1]).decode()}"
        raise backupfile.damaged(path, f"日志为 {told},与清单不符", f"the log is {told}, which is not what its manifest tells")
