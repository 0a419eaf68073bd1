"""The API of a scheduler: bound before anything can fire, guarded where other machines reach it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from petit.api.app import create_app
from petit.api.server import ApiServer
from petit.api.settings import ApiSettings
from petit.api.sockets import CannotBind, Exposed, address_of, bind, bind_unix, close_all
from petit.bootstrap.exposure import Guard, guard_of
from petit.bootstrap.state import State
from petit.config.settings import ApiSettings as Wanted
from petit.core.errors import PetitError, SettingsError
from petit.scheduler.handle import SchedulerHandle

if TYPE_CHECKING:
    from petit.api.tls import Certificate

_log = logging.getLogger(__name__)


class Serving(msgspec.Struct, frozen=True):
    """A server that is bound and answers nothing yet.

    Attributes:
        addresses: URLs of the API, none where it listens on no TCP port.
        certificate: What it shows under TLS.
    """

    server: ApiServer
    addresses: tuple[str, ...]
    certificate: Certificate | None

    def renew_certificate(self) -> None:
        """Read it again for connections to come; one that cannot be used leaves the last one in place."""
        if self.certificate is None:
            return
        try:
            self.certificate.renew()
        except PetitError as error:
            _log.error("the certificate was not renewed: %s", error)
        else:
            _log.info("the certificate was read again")


async def bind_api(state: State, api: Wanted, handle: SchedulerHandle, *, has_tcp: bool) -> Serving:
    """Bind what the API listens on.

    Args:
        state: Says where the control socket is, and what tokens there are.
        api: Says where else.
        handle: What the API talks to.
        has_tcp: Whether it listens on TCP.

    Raises:
        SettingsError: An address or a certificate cannot be used, or nothing guards it.
    """
    certificate = _certificate(api) if has_tcp else None
    control_path = state.places.socket
    tcp: tuple[socket.socket, ...] = ()
    try:
        if has_tcp:
            tcp = _bind_tcp(api, await guard_of(state, api, handle.now()))
        control = bind_unix(control_path)
    except CannotBind as error:
        close_all(tcp)
        raise SettingsError(str(error), **error.evidence) from error
    app = create_app(handle, _settings(api))
    scheme = "http" if certificate is None else "https"
    return Serving(
        ApiServer(app, tcp, control=(control, control_path), certificate=certificate),
        tuple(f"{scheme}://{address_of(sock)}" for sock in tcp),
        certificate,
    )


def _bind_tcp(api: Wanted, guard: Guard) -> tuple[socket.socket, ...]:
    try:
        return bind(api.host, api.port, is_guarded=guard.is_enough)
    except Exposed as error:
        raise guard.refusal(api.host, error.evidence["address"]) from error


def _certificate(api: Wanted) -> Certificate | None:
    if api.cert is None or api.key is None:
        return None
    from petit.api.tls import BadCertificate, Certificate  # noqa: PLC0415 - most have none

    try:
        return Certificate(_absolute(api.cert), _absolute(api.key))
    except BadCertificate as error:
        raise SettingsError(str(error)) from error


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _settings(api: Wanted) -> ApiSettings:
    return ApiSettings(
        host=api.host,
        allowed_hosts=api.allowed_hosts,
        cors_origins=api.cors_origins,
        is_behind_proxy=api.behind_proxy,
        max_body=api.max_body,
        max_streams=api.max_streams,
        head_timeout_s=api.header_timeout_ms / 1000,
        body_timeout_s=api.body_timeout_ms / 1000,
    )
