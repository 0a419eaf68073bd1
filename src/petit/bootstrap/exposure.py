"""What must be there before other machines can reach the API: tokens, and that nobody else reads them."""

from __future__ import annotations

import shlex

from petit.bootstrap.places import MEMORY
from petit.bootstrap.state import State
from petit.config.settings import ApiSettings
from petit.core.clock import Millis
from petit.core.errors import SettingsError


class Guard:
    """What keeps strangers out.

    Args:
        api: What the settings say.
        has_token: Whether a token is in force.
        database: Where tokens are kept.
    """

    def __init__(self, api: ApiSettings, *, has_token: bool, database: str) -> None:
        self._api = api
        self._has_token = has_token
        self._database = database

    @property
    def is_enough(self) -> bool:
        """Whether other machines may reach the API."""
        return self._has_token and self._is_private

    @property
    def _is_private(self) -> bool:
        return self._api.behind_proxy or self._api.cert is not None

    def refusal(self, host: str, address: str) -> SettingsError:
        """Say what is missing, and how to come by it."""
        where = host if host == address else f"{host} ({address})"
        lines = [f"other machines can reach {where}, and Petit does not listen there without"]
        if not self._has_token:
            lines.append(f"  - a token, which callers have to show: {self._how_to_make_a_token()}")
        if not self._is_private:
            lines.append(
                "  - TLS, so that nobody reads it on the way: --api-cert FILE --api-key FILE,"
                " or --api-behind-proxy where a proxy does that"
            )
        port = self._api.port or "PORT"
        lines.append(f"or leave it at 127.0.0.1, and reach it by: ssh -L {port}:127.0.0.1:{port} HOST")
        return SettingsError("\n".join(lines), address=address)

    def _how_to_make_a_token(self) -> str:
        if self._database == MEMORY:
            return "a database in memory begins without any, so name a file with --db"
        return f"petit --db {shlex.quote(self._database)} token create NAME --scope read --expires 90d"


async def guard_of(state: State, api: ApiSettings, now: Millis) -> Guard:
    """Look at what there is."""
    tokens = await state.storage.tokens()
    return Guard(
        api, has_token=any(token.is_in_force(now) for token in tokens), database=state.location.database
    )
