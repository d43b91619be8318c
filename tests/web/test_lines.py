"""Lines about requests, where they cannot be written: the requests are answered all the same."""

import errno
import io
import json
import sys

import pytest

from tests.actions.scene import patent
from tests.web.service import Service


class Full(io.StringIO):
    """A log on a disk without room."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0

    def write(self, _: str) -> int:
        self.refused += 1
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_entry_is_acknowledged_though_nothing_can_be_written_about_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, before = service.as_("recorder", "c1"), service.size
    log = Full()
    monkeypatch.setattr(sys, "stderr", log)
    kind, body = patent(77)
    answer = recorder.post("/v1/entries", {"kind": kind, "centre": "c1", "body": body})
    assert (answer.status_code, json.loads(answer.data)["index"]) == (201, before)
    assert log.refused > 0
    assert service.size == before + 1
