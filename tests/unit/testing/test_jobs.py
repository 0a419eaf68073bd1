from __future__ import annotations

from petit.testing.jobs import MemoryJobs

GOOD = """
    id: good
    schedule: "@daily"
    tasks:
      - {id: a, command: "true"}
"""


def test_texts_become_jobs_and_broken_ones_diagnostics() -> None:
    bad = GOOD.replace("command", "comand")
    jobs = MemoryJobs({"good.yaml": GOOD, "bad.yaml": bad}, timezone="Europe/Berlin")
    loaded = jobs.load()
    assert [each.job.id for each in loaded.definitions] == ["good"]
    assert loaded.definitions[0].job.schedules[0].zone == "Europe/Berlin"
    assert loaded.broken == {"bad.yaml": "good"}
    assert [each.file for each in loaded.diagnostics if each.severity == "error"][:1] == ["bad.yaml"]


def test_a_reload_sees_what_the_test_changed() -> None:
    jobs = MemoryJobs({"good.yaml": GOOD})
    jobs.files["good.yaml"] = GOOD.replace("id: good", "id: better")
    assert [each.job.id for each in jobs.load().definitions] == ["better"]
    jobs.files.clear()
    assert jobs.load().definitions == ()
