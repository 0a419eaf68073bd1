"""A client that a generator makes of the API document alone: it is whole, and understands each answer."""

from __future__ import annotations

import compileall
import importlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.docs.pages import blocks
from tests.support.daemon import Daemon, daemon

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())
PACKAGE = "petit_client"
(CONFIG,) = (each.text for each in blocks(ROOT / "docs/how-to/api-recipes.md") if each.file == "client.yaml")
"""What the documentation tells to give to the generator."""

OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
FOLLOWED = {"follow_all_events", "follow_events_of_run"}
"""They have no end; the client's own connection reads them."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Have the package made and importable; return what the generator said."""
    home = tmp_path_factory.mktemp("client")
    (home / "config.yaml").write_text(CONFIG)
    programs = Path(sys.executable).parent
    done = subprocess.run(
        [
            programs / "openapi-python-client", "generate", "--path", ROOT / "openapi.json", "--meta", "none",
            "--config", "config.yaml", "--output-path", PACKAGE,
        ],
        cwd=home, capture_output=True, text=True, check=True, timeout=100,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
    )  # fmt: skip
    sys.path.insert(0, str(home))
    yield done.stdout + done.stderr
    sys.path.remove(str(home))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with daemon(tmp_path_factory.mktemp("petit")) as made:
        made.write("hello", "schedule: '0 2 * * *'\ntasks:\n  - {id: main, run: echo hello; echo oh >&2}\n")
        made.write("fails", "tasks:\n  - {id: main, run: exit 3}\n")
        made.write("slow", "tasks:\n  - {id: main, grace: 100ms, run: sleep 1000}\n")
        made.write("waits", "tasks:\n  - {id: main, run: until test -e go; do sleep 0.05; done}\n")
        made.start()
        yield made


class Client:
    """Calls operations by their names, and sees that each answer is understood whole."""

    def __init__(self, petit: Daemon) -> None:
        made: Any = petit.ask("POST", "/api/tokens", {"name": "client", "scopes": ["admin"]}).body
        self.http: Any = importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient(
            base_url=petit.url, token=made["secret"], raise_on_unexpected_status=True
        )
        self.called: set[str] = set()

    def module(self, name: str) -> ModuleType:
        """Return the module of an operation."""
        return importlib.import_module(f"{PACKAGE}.api.{OPERATIONS[name][2]['tags'][0]}.{name}")

    def call(self, name: str, /, status: int = 200, **arguments: Any) -> Any:
        """Call an operation with these arguments; return the answer as the client understood it."""
        answer = self.module(name).sync_detailed(client=self.http, **arguments)
        assert answer.status_code == status, (name, answer)
        self.called.add(name)
        if answer.headers.get("content-type") in {"application/json", "application/problem+json"}:
            assert answer.parsed.to_dict() == json.loads(answer.content), name
        return answer.parsed

    def body(self, name: str, /, **members: Any) -> Any:
        """Make the body of an operation."""
        shape = OPERATIONS[name][2]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        kind = getattr(importlib.import_module(f"{PACKAGE}.models"), shape.rpartition("/")[2])
        return kind.from_dict(members)

    def follow(self, path: str, begun: Callable[[], None]) -> Iterator[dict[str, Any]]:
        """Yield the events of a stream; call `begun` as soon as it is there."""
        with self.http.get_httpx_client().stream("GET", path) as answer:
            begun()
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


@contextmanager
def as_a_page_of(petit: Daemon, client: Client) -> Iterator[None]:
    """Say where the calls come from, as browsers do: a cookie alone changes nothing."""
    headers = client.http.get_httpx_client().headers
    headers["origin"] = petit.url
    yield
    del headers["origin"]


@pytest.fixture(scope="module")
def client(generated: str, petit: Daemon) -> Iterator[Client]:
    made = Client(petit)
    with made.http:
        yield made


def test_the_generator_has_nothing_against_the_document(generated: str) -> None:
    assert "WARNING" not in generated
    assert "Unable" not in generated
    assert "Skipping" not in generated


def test_what_it_makes_compiles(generated: str) -> None:
    place = Path(importlib.import_module(PACKAGE).__path__[0])
    assert compileall.compile_dir(place, quiet=1)
    names = {path.stem for path in (place / "api").glob("*/*.py")}
    assert names - {"__init__"} == set(OPERATIONS)


def test_every_operation_is_called_and_its_answer_understood(client: Client, petit: Daemon) -> None:
    call = client.call
    begun = call("start_run", job_id="hello", wait="20s", body=client.body("start_run", reason="by hand"))
    assert (begun.status.value, begun.run.id) == ("completed", begun.run_id)
    known = {"job_id": "hello", "run_id": begun.run_id, "task_id": "main"}
    failed = call("start_run", job_id="fails", wait="20s", idempotency_key="once").run
    tried = call("run_run_once_more", 201, run_id=failed.id, body=client.body("run_run_once_more"))
    slow = call("start_run", job_id="slow").run_id
    call("cancel_run", 202, run_id=slow)
    petit.over(slow)
    petit.over(tried.run_id)

    for name, (method, path, operation) in OPERATIONS.items():
        is_asked = method == "GET" and not any(each.get("required") for each in operation["parameters"])
        if is_asked and name not in FOLLOWED:
            arguments: dict[str, Any] = {each: known[each] for each in re.findall(r"{(\w+)}", path)}
            if name == "search_log":
                arguments["q"] = "hello"
            call(name, **arguments)
    assert call("list_last_runs_of_jobs", jobs="hello,fails").count == 2
    assert call("read_log_of_task", run_id=begun.run_id, task_id="main") == "hello\noh\n"
    assert call("list_attempts_of_run", run_id=begun.run_id).attempts[0].exit_code == 0

    for name in ("pause_job", "resume_job"):
        call(name, job_id="slow")
    for name in ("pause_scheduler", "resume_scheduler", "read_job_files_again"):
        call(name)
    text = "tasks: [{id: main, comand: x}]"
    (problem, *_) = call("validate_job_file", body=client.body("validate_job_file", text=text)).problems
    file = importlib.import_module(f"{PACKAGE}.types").File(payload=io.BytesIO(text.encode()))
    assert call("validate_job_file", body=file).problems[0] == problem
    made = call("create_token", 201, body=client.body("create_token", name="reader", scopes=["read"]))
    begun = call("begin_session", body=client.body("begin_session", token=made.secret))
    assert (begun.caller, begun.scope.value) == ("token reader", "read")
    with as_a_page_of(petit, client):
        call("end_session", 204)
    call("revoke_token", token_name="reader")
    assert set(OPERATIONS) - client.called == FOLLOWED


def test_refusals_are_understood(client: Client) -> None:
    missing = client.call("show_job", 404, job_id="helo")
    assert (missing.code.value, missing.nearest) == ("NOT_FOUND", ["hello"])
    wrong = client.call("pause_job", 422, job_id="slow", body=client.body("pause_job", until=1))
    assert [each.pointer for each in wrong.errors] == ["/until"]


def test_events_are_read_over_the_clients_own_connection(client: Client, petit: Daemon) -> None:
    run_id = client.call("start_run", job_id="waits").run_id
    told = list(client.follow(f"/api/runs/{run_id}/events", (petit.home / "go").touch))
    assert [each["type"] for each in told[-2:]] == ["task_completed", "run_completed"]
    assert {each["run_id"] for each in told} == {run_id}
