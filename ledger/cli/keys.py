"""Commands for the key that signs the log. The verifier key, which is for everybody, stands alone on stdout; the secret nowhere."""

import click
import structlog

from ledger.cli.shell import language, opened, settings

WORDS = {
    "zh": {
        "there": "签名密钥文件 {path} 已存在,不会被覆盖;`pool-ledger key show` 显示其公钥",
        "missing": "签名密钥文件 {path} 不存在:可用 `pool-ledger key new` 生成,服务首次发布检查点时也会自动生成",
        "made": "签名密钥已写入 {path}(权限 0600)。请另存一份安全副本,勿与数据库备份放在一起:"
        "遗失则日志不能继续发布,外泄则他人可冒名签署。",
        "exposed": "注意:{path} 可被其他用户读取或改动,请执行 chmod 600",
    },
    "en": {
        "there": "the key file {path} is there already and not written over; `pool-ledger key show` prints its verifier key",
        "missing": "there is no key file {path}: `pool-ledger key new` makes one, or the service when it first publishes",
        "made": "The key is in {path}, mode 0600. Keep a safe copy of it, apart from the backups of the database: without it the "
        "log cannot go on, and whoever has it can sign in the log's name.",
        "exposed": "Note: others than its owner can read or change {path}: chmod 600 keeps them out",
    },
}


@click.group()
def key() -> None:
    """The key that signs the log, in the file that LEDGER_SIGNING_KEY_FILE names."""


@key.command()
def new() -> None:
    """Make the key of a log that has none yet, and print its verifier key."""
    from ledger.actions.sign import look
    from ledger.signing import new_key

    with opened() as ledger:
        path = ledger.settings.signing_key_file
        if look(ledger).signer is not None:
            raise click.ClickException(_words("there", path))
        signer = new_key(path, ledger.settings.origin)
    structlog.get_logger("ledger.commands").info("key made", key=signer.key.id.hex(), origin=signer.key.name)
    click.echo(_words("made", path), err=True)
    click.echo(str(signer.key))


@key.command()
def show() -> None:
    """Print the verifier key: whoever has it can check checkpoints, proofs and bundles."""
    from ledger.signing import is_exposed, load_key

    path = settings().signing_key_file
    signer = load_key(path)
    if signer is None:
        raise click.ClickException(_words("missing", path))
    if is_exposed(path):
        click.echo(_words("exposed", path), err=True)
    click.echo(str(signer.key))


def _words(which: str, path: object) -> str:
    return WORDS[language()][which].format(path=path)
