"""A web server that belongs to somebody else: its pages attack, and what they could read is sent to it."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_HTML = "text/html; charset=utf-8"
_SCRIPT = "text/javascript"


class Stranger:
    """Serves attacks from a directory of scripts, each at `/attack/<name>` as a page.

    Attributes:
        facts: Constants of the pages' scripts; `HOME` is added: the origin that the page has.
        stolen: What a page could read.
    """

    def __init__(self, scripts: Path, address: str = "127.0.0.1", port: int = 0) -> None:
        self.facts: Mapping[str, Any] = {}
        self.stolen: list[str] = []
        self.scripts = scripts
        self._forward_to: tuple[str, int] | None = None
        self._server = ThreadingHTTPServer((address, port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port: int = self._server.server_address[1]

    def forward(self, to: tuple[str, int] | None) -> None:
        """Become the way to another server, as a name does that is pointed at another address."""
        self._forward_to = to

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stranger = self

        class Handler(_Handler):
            owner = stranger

        return Handler

    @property
    def forward_to(self) -> tuple[str, int] | None:
        """Where connections lead now."""
        return self._forward_to

    def page(self, name: str, home: str) -> str:
        """Write the page that runs a script."""
        facts = "".join(f"const {key} = {json.dumps(value)};" for key, value in self._facts(home).items())
        return (
            f"<!doctype html><title>{name}</title><body><script>{facts}</script><script src=/lib.js></script>"
            f"<script src=/run/{name}></script>"
        )

    def _facts(self, home: str) -> dict[str, Any]:
        return {"HOME": home, **self.facts}

    def runner(self, name: str) -> str:
        """Wrap a script: `over` says that it has come to its end, "" or why it did not."""
        text = (self.scripts / f"{name}.js").read_text()
        end = "() => over = '', (error) => over = `${error.stack}`"
        return f"var over;(async () => {{{text}\n}})().then({end})"


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.0: a connection for each request, so that none is left open when the way changes."""

    owner: Stranger

    def handle(self) -> None:
        """Answer, or be the wire to somebody else."""
        to = self.owner.forward_to
        if to is None:
            super().handle()
        else:
            _connect(self.connection, to)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a request of any method."""
        self._body = self.rfile.read(int(self.headers.get("content-length") or 0))
        where = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        root, _, name = where.path.strip("/").partition("/")
        home = f"http://{self.headers['host']}"
        if root == "attack":
            self._send(_HTML, self.owner.page(name, home))
        elif root == "run":
            self._send(_SCRIPT, self.owner.runner(name))
        elif root in {"lib.js", "worker.js"}:
            self._send(_SCRIPT, (self.owner.scripts / root).read_text())
        elif root == "redirect":
            self._send(_HTML, "", int(query["code"]), Location=query["to"])
        elif root == "violation":
            policy = f"default-src 'none'; report-uri {query['to']}"
            self._send(_HTML, "<img src=x>", 200, **{"Content-Security-Policy": policy})
        elif root == "stolen":
            self.owner.stolen.append(self._body.decode(errors="replace"))
            self._send(_HTML, "")
        elif root == "flip":
            self._send(_HTML, "")
            self.owner.forward(("127.0.0.1", self.owner.port))
        else:
            self._send(_HTML, "", 404)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = do_GET  # noqa: N815 - named by the base

    def _send(self, media_type: str, text: str, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        origin = self.headers.get("origin", "*")
        allowed = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
        }
        for name, value in {"Content-Type": media_type, **allowed, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


def _connect(client: socket.socket, to: tuple[str, int]) -> None:
    """Carry bytes both ways until one side has no more."""
    with socket.create_connection(to) as server:
        other = {client: server, server: client}
        while True:
            ready, _, _ = select.select(list(other), [], [], 30)
            for each in ready:
                data = each.recv(65536)
                if not data:
                    return
                other[each].sendall(data)
            if not ready:
                return


@contextmanager
def stranger(scripts: Path, address: str = "127.0.0.1", port: int = 0) -> Iterator[Stranger]:
    """Serve while the block lasts."""
    made = Stranger(scripts, address, port)
    made.start()
    try:
        yield made
    finally:
        made.close()
