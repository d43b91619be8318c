"""The programme in a bundle: that it loads, says what the manifest names, and is written in the one way.

It is read by itself, without the built-in files: what is counted hangs on nothing that is not in the bundle.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ledger.actions.verify.files import MANIFEST, Files
from ledger.actions.verify.manifest import Manifest
from ledger.actions.verify.report import Report
from ledger.kpi.language import BadProgrammes, Programme, load
from ledger.kpi.writing import toml_of

CHECK: Final = "programme"


def programme_in(files: Files, manifest: Manifest | None, report: Report) -> Programme | None:
    report.check(CHECK)
    if manifest is None or manifest.programme is None:
        report.skip(CHECK, "manifest")
        return None
    name = f"programmes/{manifest.programme}.toml"
    data = files.content(name)
    if data is None:
        report.deviate(CHECK, "missing", name)
        return None
    programme = _loaded(manifest.programme, name, data, report)
    if programme is None:
        return None
    if toml_of(programme).encode() != data:
        report.deviate(CHECK, "spelling", name)
    if manifest.programme_digest is not None and manifest.programme_digest != programme.digest:
        report.deviate(CHECK, "digest", name, stated=manifest.programme_digest, found=programme.digest, where=MANIFEST)
    report.tell(CHECK, programme=programme.id, digest=programme.digest)
    return programme


def _loaded(programme_id: str, name: str, data: bytes, report: Report) -> Programme | None:
    with TemporaryDirectory(prefix="pool-ledger-verify-") as folder:
        (Path(folder) / "programme.toml").write_bytes(data)
        try:
            catalogue = load(Path(folder))
        except BadProgrammes as bad:
            for fault in bad.faults:
                report.deviate(CHECK, "fault", name, why=": ".join(part for part in (fault.key, fault.reason) if part))
            return None
        except (ValueError, RecursionError) as error:
            report.deviate(CHECK, "fault", name, why=str(error))
            return None
    if (programme := catalogue.programmes.get(programme_id)) is None:
        report.deviate(CHECK, "other", name, programme=programme_id)
    return programme
