"""The memory store keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from classroom.core.errors import StoreError
from classroom.store.memory import MemoryStore

from .contract import Make, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return MemoryStore


def test_there_is_no_file_to_copy(tmp_path: Path) -> None:
    store = MemoryStore()
    store.open()
    with pytest.raises(StoreError, match="memory"):
        store.backup(tmp_path / "copy.classroom")
    assert not list(tmp_path.iterdir())
