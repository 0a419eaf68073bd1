"""`petit token`: who may call beside the user that runs Petit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from petit.cli.options import Flags, command, group

if TYPE_CHECKING:
    from petit.api.views_token import TokenView
    from petit.cli.table import Cell
    from petit.core.clock import Millis


@command("create")
@click.argument("name", metavar="NAME")
@click.option(
    "--scope",
    type=click.Choice(["read", "trigger", "admin"]),
    default="read",
    help="What it opens; each implies those before it. Default: read.",
)
@click.option(
    "--job", "jobs", metavar="PATTERN", multiple=True,
    help="With the scope trigger: only jobs with such ids, 'etl*' say. May be given several times.",
)  # fmt: skip
@click.option("--expires", metavar="DURATION", help="How long it is worth something: 90d. Default: for ever.")
def create(flags: Flags, name: str, scope: str, jobs: tuple[str, ...], expires: str | None) -> int:
    """Make a token with this NAME and print its secret, this once, to standard output.

    It is sent as "Authorization: Bearer SECRET". Petit keeps only a hash of it.
    """
    from petit.cli.options import duration
    from petit.cli.token_desk import Wanted, at_desk

    wanted = Wanted(
        name=name,
        scope=scope,
        jobs=jobs,
        lifetime_ms=None if expires is None else duration("--expires", expires),
    )
    made = at_desk(flags, lambda desk: desk.create(wanted))
    print(f"{_described(made.token)}; its secret is shown this once:", file=sys.stderr)
    print(made.secret)
    return 0


@command("list")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", help="Default: table."
)
def list_(flags: Flags, form: str) -> int:
    """List all tokens, oldest first; expired and revoked ones too."""
    from petit.cli.token_desk import at_desk

    tokens = at_desk(flags, lambda desk: desk.list(), makes_database=False)
    if form == "json":
        import msgspec

        whole = msgspec.json.encode({"tokens": tokens, "count": len(tokens)})
        print(msgspec.json.format(whole, indent=2).decode())
    elif tokens:
        _print_table(tokens)
    else:
        print("no tokens")
    return 0


@command("revoke")
@click.argument("name", metavar="NAME")
def revoke(flags: Flags, name: str) -> int:
    """Revoke the token with this NAME: it is worth nothing from now on, and what it has open is closed."""
    from petit.cli.token_desk import at_desk

    at_desk(flags, lambda desk: desk.revoke(name), makes_database=False)
    print(f"revoked token '{name}'")
    return 0


command_ = group(
    "token",
    "Tokens, for callers other than the user that runs Petit.",
    create,
    list_,
    revoke,
)


def _described(token: TokenView) -> str:
    jobs = f" {', '.join(token.jobs)}" if token.jobs else ""
    until = "until it is revoked" if token.expires_at is None else f"until {_moment(token.expires_at)}"
    return f"token '{token.name}' may {token.scopes[-1]}{jobs} {until}"


def _print_table(tokens: list[TokenView]) -> None:
    from petit.cli.paint import Paint, screen_width
    from petit.cli.table import render

    rows: list[list[str | Cell]] = [
        [
            token.name,
            token.scopes[-1],
            ", ".join(token.jobs) or "all",
            _moment(token.created_at),
            "never" if token.expires_at is None else _moment(token.expires_at),
            _state(token),
        ]
        for token in tokens
    ]
    head = ("NAME", "SCOPE", "JOBS", "MADE", "EXPIRES", "STATE")
    for line in render(head, rows, paint=Paint.for_stream(), width=screen_width()):
        print(line)


def _state(token: TokenView) -> Cell:
    from petit.cli.table import Cell

    if token.revoked_at is not None:
        return Cell(f"revoked {_moment(token.revoked_at)}", "dim")
    return Cell("in force", "green") if token.in_force else Cell("expired", "yellow")


def _moment(ms: Millis) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone():%Y-%m-%d %H:%M %Z}"
