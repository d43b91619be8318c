"""Commands that take the whole ledger out into one file, and put it back into an empty database."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.cli.shell import explained, language, opened, progress, settings

if TYPE_CHECKING:
    from ledger.actions.backupfile import Manifest

WORDS = {
    "zh": {
        "counts": "{entries} 条记录,{tables} 张表共 {rows} 行,结构版本 {revision},{taken_at}",
        "apart": "备份不含签名密钥及其旁的检查点:密钥须另存,检查点不随备份恢复。文件内容与数据库同等保密。",
        "check": "请运行 `pool-ledger check`。",
        "tokens": "备份之后吊销的令牌、封禁的用户现又有效:请用 `pool-ledger token list` 核对并重新吊销。页面登录须重新进行。",
        "grant": "请运行 `pool-ledger migrate --grant ROLE`,把服务的权限重新授予其角色。",
        "origin": "注意:本日志以 {told} 的名称发布,而 LEDGER_ORIGIN 为 {here}。",
        "hindered": "现在不能发布:{why}",
    },
    "en": {
        "counts": "{entries} entries, {rows} rows of {tables} tables, revision {revision}, {taken_at}",
        "apart": "The signing key and the checkpoint beside it are not in it: the key is kept elsewhere, the checkpoint never "
        "comes back with a backup. The file is as confidential as the database.",
        "check": "Run `pool-ledger check` now.",
        "tokens": "Tokens revoked and people barred since the backup are let in again: go through `pool-ledger token list`, and "
        "revoke them again. Whoever was signed in on a page signs in anew.",
        "grant": "Run `pool-ledger migrate --grant ROLE`: the service's role has no rights on new tables.",
        "origin": "Note: this log was published as {told}, and LEDGER_ORIGIN is {here}.",
        "hindered": "It cannot be published now: {why}",
    },
}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write one consistent state of the whole database to FILE, while the service goes on.

    A file of that name is replaced, once the new one is whole.
    """
    from ledger.actions.backup import backup as take
    from ledger.store.database import connect

    found = settings()
    engine = connect(found.database_url)
    try:
        with progress("Backing up") as shown:
            manifest = take(engine, file, origin=found.origin, progress=shown)
    finally:
        engine.dispose()
    click.echo(_counts(manifest), err=True)
    click.echo(_words("apart"), err=True)
    click.echo(str(file))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put the backup FILE into the empty database that the settings name, all or nothing. Run it as the owner of the database."""
    from ledger.actions.backup import restore as put_back
    from ledger.store.database import connect

    found = settings()
    engine = connect(found.database_url)
    try:
        with progress("Restoring") as shown:
            manifest = put_back(engine, file, progress=shown)
        grants = engine.dialect.name == "postgresql"
    finally:
        engine.dispose()
    click.echo(_counts(manifest), err=True)
    for which in ("check", "tokens", *(["grant"] if grants else [])):
        click.echo(_words(which), err=True)
    if manifest.size and manifest.origin != found.origin:
        click.echo(_words("origin", told=manifest.origin, here=found.origin), err=True)
    _tell_hindrance()


def _tell_hindrance() -> None:
    """What the signing guard will say, told to the one who can still do something about it. The restore stands, whatever it is."""
    from ledger.actions.sign import look

    try:
        with opened() as ledger:
            look(ledger)
    except Exception as error:
        if (why := explained(error)) is None:
            raise
        click.echo(_words("hindered", why=why), err=True)


def _counts(manifest: "Manifest") -> str:
    return _words(
        "counts", entries=manifest.size, rows=manifest.rows, tables=len(manifest.tables), revision=manifest.revision,
        taken_at=manifest.taken_at,
    )  # fmt: skip


def _words(which: str, **told: object) -> str:
    return WORDS[language()][which].format(**told)
