"""What was spilled comes back as it came, number by number, from memory and from disk."""

from pathlib import Path

import pytest

from ledger.actions.verify import spill
from ledger.actions.verify.spill import Record, Spill, packed


def record(number: int) -> Record:
    return number, "光通信", -(2**60), {"lines": [{"patent_id": "P1"}, None, True]}


@pytest.mark.parametrize("pending", [1, 300, 1 << 20])
@pytest.mark.parametrize("on_disk", [True, False])
def test_records_come_back_in_the_order_of_their_number(tmp_path, monkeypatch, pending: int, on_disk: bool):
    monkeypatch.setattr(spill, "PENDING_BYTES", pending)
    kept = Spill(tmp_path / "records" if on_disk else None)
    for number in range(0, 60, 2):
        kept.add(number % 3, packed([record(number), record(number + 1)]))
    for _ in range(2):
        for bucket in range(3):
            wanted = [record(number + more) for number in range(0, 60, 2) if number % 3 == bucket for more in (0, 1)]
            assert list(kept.read(bucket)) == wanted


def test_of_a_number_that_never_came_there_is_nothing(tmp_path):
    assert list(Spill(tmp_path / "records").read(7)) == list(Spill(None).read(7)) == []


def test_with_a_folder_little_waits_in_memory(tmp_path: Path):
    kept = Spill(tmp_path / "records")
    for number in range(500):
        kept.add(1, packed([record(number)]))
    on_disk = (tmp_path / "records" / "1").stat().st_size
    assert on_disk > 500 * len(packed([record(0)])) - 2 * spill.PENDING_BYTES
