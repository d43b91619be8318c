"""What the tests of the KPI language share: the built-in catalogue, and catalogues of a few lines of text."""

from pathlib import Path

import pytest

from ledger.kpi.language import Catalogue, load_all


@pytest.fixture(scope="module")
def built_in() -> Catalogue:
    return load_all()


@pytest.fixture
def catalogue_of(tmp_path: Path):
    """The catalogue of some texts, each a file of its own, beside the built-in ones."""

    def read(*texts: str) -> Catalogue:
        folder = tmp_path / f"folder-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number}.toml").write_text(text, encoding="utf-8")
        return load_all([folder])

    return read
