from __future__ import annotations

from typing import Any

import pytest

from petit.cli.views import LiveView, PlainView, elapsed_ms, remark


def task(task_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"task_id": task_id, "status": status, "attempts": 1, **more}


def test_a_line_is_written_for_each_change_and_only_then(capsys: pytest.CaptureFixture[str]) -> None:
    view = PlainView()
    first = [task("a", "running", started_at=1000), task("bb", "pending", attempts=0)]
    view.show(first, 1500)
    view.show(first, 1600)
    done = task("a", "completed", started_at=1000, ended_at=2500)
    view.show([done, task("bb", "running", started_at=2500)], 2500)
    view.close()
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == ["a running", "a completed 1.5 s", "bb running"]


def test_a_retry_is_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    view = PlainView()
    view.show([task("a", "running")], 0)
    view.show([task("a", "running", attempts=2)], 0)
    assert capsys.readouterr().out.splitlines()[1].endswith("attempt 2")


def test_elapsed_counts_to_now_or_to_the_end() -> None:
    assert elapsed_ms({"started_at": None}, 100) is None
    assert elapsed_ms({"started_at": 40, "ended_at": None}, 100) == 60
    assert elapsed_ms({"started_at": 40, "ended_at": 50}, 100) == 10
    assert elapsed_ms({"started_at": 140, "ended_at": None}, 100) == 0


REMARKS = {
    "nothing for an ordinary task": (task("a", "completed"), ""),
    "the error of a failed one": (task("a", "failed", error="exit code 3"), "exit code 3"),
    "the attempt and the error": (task("a", "failed", attempts=3, error="x\x1b"), "attempt 3, x\\x1b"),
    "why it was skipped": (
        task("a", "skipped", attempts=0, reason="no dependency failed"),
        "no dependency failed",
    ),
}


@pytest.mark.parametrize(("given", "expected"), REMARKS.values(), ids=REMARKS.keys())
def test_remark(given: dict[str, Any], expected: str) -> None:
    assert remark(given) == expected


def test_the_live_view_leaves_the_last_picture(capsys: pytest.CaptureFixture[str]) -> None:
    view = LiveView()
    view.show([task("a", "running", started_at=0)], 500)
    view.show([task("a", "failed", started_at=0, ended_at=900, error="exit code 1")], 900)
    view.close()
    assert capsys.readouterr().out.split()[-6:] == ["failed", "900", "ms", "exit", "code", "1"]
