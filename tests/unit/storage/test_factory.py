"""Which backend a location names."""

from __future__ import annotations

import pytest

from petit.core.errors import DatabaseRefused
from petit.storage.factory import open_storage
from petit.storage.memory import MemoryStorage
from petit.storage.sqlite import SqliteStorage


def test_memory_by_its_name() -> None:
    assert isinstance(open_storage(":memory:"), MemoryStorage)


@pytest.mark.parametrize("location", ["petit.db", "/var/lib/petit/a b%.db", "memory"])
def test_a_path_is_a_sqlite_file(location: str) -> None:
    storage = open_storage(location)
    assert isinstance(storage, SqliteStorage)
    assert str(storage.path) == location


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        pytest.param(
            "postgresql://u@h/d", "this version has no PostgreSQL backend", id="PostgreSQL comes later"
        ),
        pytest.param(
            "postgres://u@h/d", "this version has no PostgreSQL backend", id="by its other name too"
        ),
        pytest.param("mysql://h/d", "'mysql://' is not a kind of database", id="an unknown kind"),
        pytest.param("", "the name of the database is empty", id="nothing"),
    ],
)
def test_what_cannot_be_used_is_refused(location: str, sentence: str) -> None:
    with pytest.raises(DatabaseRefused, match=sentence):
        open_storage(location)
