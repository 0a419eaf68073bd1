"""Directories of job files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from petit.config.directory import JobDirectory
from petit.config.jobs import ParsedFile
from petit.config.loader import Defaults, Loaded, load_directory, load_file, load_found
from petit.config.scan import Found
from petit.config.source import FileStamp


def job(job_id: str, *extra: str) -> str:
    return "\n".join([f"id: {job_id}", "tasks: [{id: a, command: echo}]", *extra, ""])


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def ids(loaded: Loaded) -> list[str]:
    return [each.job.id for each in loaded.definitions]


def said(loaded: Loaded) -> list[str]:
    return [each.headline() for each in loaded.diagnostics]


def test_good_files_become_jobs_sorted_by_id(tmp_path: Path) -> None:
    loaded = load_directory(write(tmp_path, {"z.yaml": job("a"), "below/deep/a.yml": job("b")}))
    assert ids(loaded) == ["a", "b"]
    assert [each.file for each in loaded.definitions] == ["z.yaml", "below/deep/a.yml"]
    assert sorted(loaded.files) == ["below/deep/a.yml", "z.yaml"]
    assert not loaded.has_errors


def test_what_is_hidden_or_of_another_name_is_not_looked_at(tmp_path: Path) -> None:
    files = {
        ".a.yaml": "x",
        ".git/b.yaml": "x",
        "c.yaml~": "x",
        "d.txt": "x",
        "e.yaml.swp": "x",
        "f.yaml": job("f"),
    }
    loaded = load_directory(write(tmp_path, files))
    assert (ids(loaded), said(loaded)) == (["f"], [])


def test_a_bad_file_harms_only_itself_and_all_problems_come_at_once(tmp_path: Path) -> None:
    files = {f"{n}.yaml": job(f"j{n}") for n in range(3)} | {
        "bad1.yaml": job("b1", "timout: 5", "max_tasks: 0"),
        "bad2.yaml": "id: b2\n\tx",
        "bad3.yaml": "[",
    }
    loaded = load_directory(write(tmp_path, files))
    assert ids(loaded) == ["j0", "j1", "j2"]
    assert loaded.broken == {"bad1.yaml": "b1", "bad2.yaml": "b2", "bad3.yaml": None}
    assert [each.file for each in loaded.diagnostics] == ["bad1.yaml", "bad1.yaml", "bad2.yaml", "bad3.yaml"]
    assert loaded.has_errors


def test_two_files_of_one_job_are_both_refused_each_naming_the_other(tmp_path: Path) -> None:
    loaded = load_directory(
        write(tmp_path, {"a.yaml": job("x"), "b.yaml": "name: B\n" + job("x"), "c.yaml": job("c")})
    )
    assert ids(loaded) == ["c"]
    assert said(loaded) == [
        "a.yaml:1:5: job 'x' is also defined in b.yaml:2 (each job needs an id of its own)",
        "b.yaml:2:5: job 'x' is also defined in a.yaml:1 (each job needs an id of its own)",
    ]
    assert loaded.broken == {"a.yaml": "x", "b.yaml": "x"}


def test_a_broken_copy_of_a_job_does_not_harm_the_good_one(tmp_path: Path) -> None:
    loaded = load_directory(write(tmp_path, {"a.yaml": job("x"), "copy.yaml": job("x", "timout: 5")}))
    assert ids(loaded) == ["x"]
    assert loaded.broken == {"copy.yaml": "x"}


@pytest.mark.parametrize(
    ("files", "known", "expected_ids", "expected"),
    [
        pytest.param(
            {"a.yaml": job("a", "depends_on: [bb]"), "b.yaml": job("bbb")},
            set(),
            ["bbb"],
            ["a.yaml:3:14: no job 'bb' (did you mean `bbb`?)"],
            id="never heard of: refused",
        ),
        pytest.param(
            {"a.yaml": job("a", "depends_on: [b]"), "b.yaml": job("b", "timout: 5")},
            set(),
            ["a"],
            ["b.yaml:3:1: unknown key `timout` of a job (did you mean `timeout`?)"],
            id="in a broken file: kept",
        ),
        pytest.param(
            {"a.yaml": job("a", "depends_on: [b]"), "b.yaml": "id b\n"},
            set(),
            ["a"],
            [
                "a.yaml:3:14: warning: no job 'b'; it may be in one of the files that cannot be read",
                "b.yaml:1:1: a job file is a mapping, not text (begin with `id: ...`)",
            ],
            id="maybe in a broken file: kept",
        ),
        pytest.param(
            {"a.yaml": job("a", "depends_on: [b]")},
            {"b"},
            ["a"],
            ["a.yaml:3:14: warning: job 'b' was removed; runs that wait for it are skipped"],
            id="removed: kept",
        ),
        pytest.param(
            {
                "a.yaml": job("a", "depends_on: [b]"),
                "b.yaml": job("b", "depends_on: [c]"),
                "c.yaml": job("c", "depends_on: [zzz]"),
            },
            set(),
            ["a", "b"],
            ["c.yaml:3:14: no job 'zzz'"],
            id="refusal does not travel on",
        ),
    ],
)
def test_an_upstream_that_is_not_there(
    tmp_path: Path, files: dict[str, str], known: set[str], expected_ids: list[str], expected: list[str]
) -> None:
    loaded = load_directory(write(tmp_path, files), known_jobs=frozenset(known))
    assert (ids(loaded), said(loaded)) == (expected_ids, expected)


def test_jobs_that_wait_for_each_other_are_refused_and_the_circle_is_shown(tmp_path: Path) -> None:
    files = {
        "a.yaml": job("a", "depends_on: [b]"),
        "b.yaml": job("b", "depends_on: {job: c}"),
        "c.yaml": job("c", "depends_on: a"),
        "d.yaml": job("d", "depends_on: [a]"),
    }
    loaded = load_directory(write(tmp_path, files))
    assert ids(loaded) == ["d"]
    assert said(loaded) == [
        "a.yaml:3:14: jobs wait for each other: a -> b -> c -> a",
        "b.yaml:3:19: jobs wait for each other: b -> c -> a -> b",
        "c.yaml:3:13: jobs wait for each other: c -> a -> b -> c",
    ]


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # an address has 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def make_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def make_link_to_fifo(path: Path) -> None:
    os.mkfifo(path.parent / "fifo")
    path.symlink_to("fifo")


def make_link_to_memory(path: Path) -> None:
    path.symlink_to("/proc/self/mem")  # a regular file that cannot be read at its beginning


def make_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5_000_000)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(Path.mkdir, "this is a directory, not a job file", id="directory"),
        pytest.param(make_fifo, "this is a FIFO, not a job file", id="FIFO"),
        pytest.param(make_link_to_fifo, "this is a FIFO, not a job file", id="link to a FIFO"),
        pytest.param(make_socket, "this is a socket, not a job file", id="socket"),
        pytest.param(make_dangling_link, "this link points to nothing", id="dangling link"),
        pytest.param(
            make_link_to_memory, "cannot be read: Input/output error", id="file that cannot be read"
        ),
        pytest.param(make_link_to_itself, "this link points to nothing", id="link to itself"),
        pytest.param(
            make_large, "the file has 5,000,000 bytes; a job file has at most 1,048,576 (1 MiB)", id="large"
        ),
    ],
)
def test_what_only_looks_like_a_job_file_is_said_and_never_waited_for(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    make(tmp_path / "x.yaml")
    loaded = load_directory(write(tmp_path, {"a.yaml": job("a")}))
    assert (ids(loaded), [(each.file, each.message) for each in loaded.diagnostics]) == (
        ["a"],
        [("x.yaml", message)],
    )
    assert loaded.broken == {"x.yaml": None}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(b"\xff.yaml", "the name of this file is not UTF-8", id="not UTF-8"),
        pytest.param(
            b"a\x1b[31m.yaml", "the name of this file holds control characters", id="terminal escape"
        ),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: bytes, message: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(job("a"))
    loaded = load_directory(tmp_path)
    assert [each.message for each in loaded.diagnostics] == [message]
    assert loaded.diagnostics[0].headline().isprintable()


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    write(tmp_path, {"real/a.yaml": job("a"), "b.yaml": job("b")})
    (tmp_path / "real" / "loop").symlink_to("..")
    (tmp_path / "same").symlink_to("real")
    (tmp_path / "c.yaml").symlink_to(write(tmp_path, {".hidden/c": job("c")}) / ".hidden" / "c")
    loaded = load_directory(tmp_path)
    assert (ids(loaded), said(loaded)) == (["a", "b", "c"], [])


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    loaded = load_directory(tmp_path / "none")
    assert said(loaded) == [".:1:1: this directory cannot be listed: No such file or directory"]
    assert loaded.unlisted == (".",)
    assert loaded.has_errors


def test_one_file_can_be_read_by_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": job("a", "schedule: '@daily'", "depends_on: [unknown]")})
    parsed = load_file(tmp_path / "a.yaml", defaults=Defaults(timezone="Asia/Tokyo"))
    assert parsed.definition is not None
    assert parsed.definition.job.schedules[0].key == "@daily [Asia/Tokyo]"
    assert [each.message for each in load_file(tmp_path / "b.yaml").diagnostics] == ["there is no such file"]
    assert [each.message for each in load_file(tmp_path).diagnostics] == [
        "this is a directory, not a job file"
    ]
    long_name = load_file(tmp_path / ("x" * 300))
    assert [each.message for each in long_name.diagnostics] == ["cannot be read: File name too long"]


def test_a_file_that_vanishes_meanwhile_is_no_problem(tmp_path: Path) -> None:
    def look_at(_file: str) -> tuple[ParsedFile, FileStamp]:
        raise FileNotFoundError

    loaded = load_found(Found(files=["a.yaml"]), look_at, frozenset())
    assert (loaded.definitions, loaded.diagnostics, loaded.files) == ((), (), {})


def test_a_directory_that_cannot_be_named_is_said(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).mkdir()
    loaded = load_directory(tmp_path)
    assert [each.message for each in loaded.diagnostics] == ["the name of this directory is not UTF-8"]


class TestReload:
    def test_an_unchanged_file_is_not_parsed_again(self, tmp_path: Path) -> None:
        directory = JobDirectory(write(tmp_path, {"a.yaml": job("a")}))
        first, second, third = directory.load(), directory.load(), directory.load()
        assert second.definitions[0] is first.definitions[0]
        assert third.definitions[0] is first.definitions[0]

    def test_a_change_within_the_kernels_tick_is_seen(self, tmp_path: Path) -> None:
        path = write(tmp_path, {"a.yaml": job("a")}) / "a.yaml"
        directory = JobDirectory(tmp_path)
        directory.load()
        before = path.stat()
        path.write_text(job("b"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert ids(directory.load()) == ["b"]

    def test_a_file_of_the_same_size_in_its_place_is_seen(self, tmp_path: Path) -> None:
        directory = JobDirectory(write(tmp_path, {"a.yaml": job("a")}))
        for _ in range(3):
            directory.load()
        (tmp_path / "new").write_text(job("b"))
        (tmp_path / "new").rename(tmp_path / "a.yaml")
        assert ids(directory.load()) == ["b"]

    def test_files_come_break_heal_and_go(self, tmp_path: Path) -> None:
        directory = JobDirectory(write(tmp_path, {"a.yaml": job("a")}))
        assert ids(directory.load()) == ["a"]
        write(tmp_path, {"b.yaml": job("b"), "a.yaml": job("a", "timout: 5")})
        loaded = directory.load()
        assert (ids(loaded), loaded.broken) == (["b"], {"a.yaml": "a"})
        write(tmp_path, {"a.yaml": job("a")})
        assert ids(directory.load()) == ["a", "b"]
        (tmp_path / "b.yaml").unlink()
        assert ids(directory.load()) == ["a"]

    def test_a_file_that_is_renamed_meanwhile_is_not_taken_for_removed(self, tmp_path: Path) -> None:
        class Renaming(JobDirectory):
            def _look_at(self, file: str) -> tuple[ParsedFile, FileStamp]:
                if file == "a.yaml":
                    (self.path / file).rename(self.path / "b.yaml")
                return super()._look_at(file)

        loaded = Renaming(write(tmp_path, {"a.yaml": job("a")})).load()
        assert [(each.job.id, each.file) for each in loaded.definitions] == [("a", "b.yaml")]

    def test_what_is_wrong_between_files_follows_each_change(self, tmp_path: Path) -> None:
        directory = JobDirectory(write(tmp_path, {"a.yaml": job("a"), "b.yaml": job("a")}))
        assert (ids(directory.load()), len(directory.load().broken)) == ([], 2)
        (tmp_path / "b.yaml").unlink()
        loaded = directory.load()
        assert (ids(loaded), loaded.broken) == (["a"], {})
