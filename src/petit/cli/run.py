"""`petit run`: the scheduler and its HTTP API."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from petit.cli.options import Flags, command, directory_argument, duration

if TYPE_CHECKING:
    from petit.bootstrap.assembly import Running


@command("run")
@directory_argument()
@click.option("--no-api", is_flag=True, default=None, help="Listen on no TCP port.")
@click.option("--api-port", metavar="PORT", help="Port of the HTTP API. Default: 8565.")
@click.option("--api-host", metavar="HOST", help="Host name or address of the HTTP API. Default: 127.0.0.1.")
@click.option(
    "--api-cors-origin", "api_cors_origins", metavar="ORIGIN", multiple=True,
    help="Origin whose pages may call with a token. May be given several times.",
)  # fmt: skip
@click.option("--api-cert", metavar="FILE", help="Certificate with its chain, in PEM: the API does TLS.")
@click.option("--api-key", metavar="FILE", help="Key of the certificate, in PEM. SIGHUP reads both again.")
@click.option(
    "--api-behind-proxy", is_flag=True, default=None,
    help="A proxy does TLS and is all that connects over TCP: each call needs a token.",
)  # fmt: skip
@click.option(
    "--drain", metavar="DURATION", default="0", help="How long SIGTERM waits for running tasks. Default: 0."
)
def command_(
    flags: Flags,
    directory: Path,
    no_api: bool | None,
    api_port: str | None,
    api_host: str | None,
    api_cors_origins: tuple[str, ...],
    api_cert: str | None,
    api_key: str | None,
    api_behind_proxy: bool | None,
    drain: str,
) -> int:
    """Run the jobs in DIR on time and serve the HTTP API.

    SIGTERM stops at once and leaves running tasks to the next start. Ctrl+C waits for them, a second one
    cancels them. Changed job files are read again by themselves, and at SIGHUP.
    """
    import os

    from petit.bootstrap.assembly import Wish
    from petit.bootstrap.daemon import run_loop, serve
    from petit.bootstrap.lines import set_up_logging
    from petit.bootstrap.state import make_private
    from petit.cli.configured import settings_from
    from petit.cli.job_files import jobs_directory

    settings = settings_from(
        flags,
        no_api=no_api,
        api_port=api_port,
        api_host=api_host,
        api_cors_origin=api_cors_origins or None,
        api_cert=api_cert,
        api_key=api_key,
        api_behind_proxy=api_behind_proxy,
    )
    drain_ms = duration("--drain", drain)
    set_up_logging(settings.log.level, settings.log.format, environ=os.environ)
    wish = Wish(
        settings=settings,
        jobs_dir=jobs_directory(directory),
        environ=dict(os.environ),
        umask=make_private(),
    )
    announce = _announce_line if settings.log.format == "json" else _announce_to_whoever_reads
    return run_loop(serve(wish, drain_ms=drain_ms, on_ready=announce))


async def _announce_to_whoever_reads(running: Running) -> None:
    """Announce; nobody has to be there to read it."""
    import logging
    import os

    try:
        await _announce_block(running)
    except OSError as error:
        logging.getLogger("petit").warning("nobody reads standard output: %s", error.strerror)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _announce_block(running: Running) -> None:
    """Tell a person, in one short block, what runs and what is wrong with job files."""
    from petit.cli.job_files import counted
    from petit.cli.paint import Paint
    from petit.version import VERSION

    paint = Paint.for_stream()
    jobs = [each.definition.job for each in (await running.handle.definitions()).values()]
    scheduled = sum(bool(job.schedules) and job.enabled for job in jobs)
    problems = running.handle.state().problems
    wrong = f", {paint(counted(len(problems), 'problem'), 'red')} in job files" if problems else ""
    for problem in problems:
        print(f"{problem.text}\n", file=sys.stderr)
    print(paint(f"petit {VERSION}", "bold"))
    for name, text in (
        ("jobs", f"{len(jobs)}, {scheduled} scheduled{wrong}"),
        ("api", ", ".join(running.api.addresses) or f"only {running.state.places.socket}"),
        ("database", running.state.location.database),
        ("state", str(running.state.places.root)),
        ("ready", "stop with Ctrl+C"),
    ):
        print(f"  {paint(name.ljust(8), 'dim')}  {text}", flush=True)


async def _announce_line(running: Running) -> None:
    """Tell a collector of log lines the same, in one line each."""
    import logging

    log = logging.getLogger("petit")
    for problem in running.handle.state().problems:
        log.warning(
            problem.message, extra={"file": problem.file, "line": problem.line, "column": problem.column}
        )
    log.info(
        "ready",
        extra={
            "jobs": running.handle.state().jobs,
            "api": ",".join(running.api.addresses) or None,
            "database": running.state.location.database,
            "state_dir": str(running.state.places.root),
        },
    )
