"""Directories of job files."""

from __future__ import annotations

from pathlib import Path

from petit.config.loader import load_directory

HELLO = "id: {id}\ntasks:\n  - id: greet\n    command: echo\n    args: [hello]\n"


def test_good_files_become_jobs_sorted_by_id(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "z.yaml").write_text(HELLO.format(id="a"))
    (tmp_path / "below" / "a.yml").write_text(HELLO.format(id="b"))
    loaded = load_directory(tmp_path)
    assert [each.job.id for each in loaded.definitions] == ["a", "b"]
    assert sorted(loaded.files) == ["below/a.yml", "z.yaml"]
    assert not loaded.has_errors
