"""Where settings come from, which wins, and what a wrong one gets."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from petit.config.settings import Settings, describe_settings, load_settings
from petit.config.settings_table import SETTINGS
from petit.core.errors import SettingsError

FULL = """\
state_dir = "/var/lib/petit"
[storage]
engine = "sqlite"
path = "petit.db"
[api]
enabled = false
host = "::1"
port = 9000
allowed_hosts = ["pi.local"]
cors_origins = ["https://dash.example"]
cert = "cert.pem"
key = "key.pem"
behind_proxy = true
max_body = "2MiB"
max_streams = 8
header_timeout = 5
body_timeout = "1m"
[scheduler]
max_jobs = 10
max_tasks = 2
tick_interval = "500ms"
timezone = "Europe/Berlin"
pass_environment = ["SSH_AUTH_SOCK"]
log_limit = 4096
grace = 0
[retention]
max_age = "30d"
max_runs = "none"
max_log_bytes = "500MB"
every = "10m"
[log]
level = "debug"
format = "json"
"""


def settings(
    tmp_path: Path, toml: str | None = None, flags: dict[str, object] | None = None, **environ: str
) -> Settings:
    given = dict(flags or {})
    if toml is not None:
        (tmp_path / "petit.toml").write_text(toml)
        given["config"] = "petit.toml"
    return load_settings(given, environ, cwd=tmp_path)


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert settings(tmp_path) == Settings()
    assert (Settings().database, Settings().api.port, Settings().scheduler.max_tasks) == (None, 8565, 4)


def test_every_key_of_the_file_arrives(tmp_path: Path) -> None:
    found = msgspec.json.decode(msgspec.json.encode(settings(tmp_path, FULL)))
    assert found == {
        "state_dir": "/var/lib/petit",
        "storage": {"engine": "sqlite", "path": "petit.db"},
        "api": {
            "enabled": False, "host": "::1", "port": 9000, "allowed_hosts": ["pi.local"],
            "cors_origins": ["https://dash.example"],
            "cert": "cert.pem", "key": "key.pem", "behind_proxy": True,
            "max_body": 2_097_152, "max_streams": 8, "header_timeout_ms": 5000, "body_timeout_ms": 60_000,
        },
        "scheduler": {
            "max_jobs": 10, "max_tasks": 2, "tick_interval_ms": 500, "timezone": "Europe/Berlin",
            "pass_environment": ["SSH_AUTH_SOCK"], "log_limit": 4096, "grace_ms": 0,
        },
        "retention": {
            "max_age_ms": 2_592_000_000, "max_runs": None, "max_log_bytes": 500_000_000, "every_ms": 600_000,
        },
        "log": {"level": "debug", "format": "json"},
        "file": str(tmp_path / "petit.toml"),
    }  # fmt: skip


def test_flags_win_over_variables_and_those_over_the_file(tmp_path: Path) -> None:
    toml = "[scheduler]\nmax_jobs = 1\nmax_tasks = 1\ngrace = 1\n"
    found = settings(tmp_path, toml, {"max_jobs": "3"}, PETIT_MAX_JOBS="2", PETIT_MAX_TASKS="2").scheduler
    assert (found.max_jobs, found.max_tasks, found.grace_ms) == (3, 2, 1000)


@pytest.mark.parametrize(
    ("toml", "flags", "environ", "database"),
    [
        pytest.param(None, {"db": "a.db"}, {"PETIT_DB": "b.db"}, "a.db", id="--db wins over PETIT_DB"),
        pytest.param(
            '[storage]\npath = "c.db"\n', {}, {"PETIT_DB": "b.db"}, "b.db", id="PETIT_DB wins over the file"
        ),
        pytest.param('[storage]\nengine = "memory"\n', {}, {}, ":memory:", id="the memory engine"),
        pytest.param('[storage]\npath = ":memory:"\n', {}, {}, ":memory:", id="the memory path"),
        pytest.param(
            '[storage]\nengine = "memory"\n', {"db": "a.db"}, {}, "a.db", id="--db wins over the engine"
        ),
        pytest.param('[storage]\npath = "c.db"\n', {"db": ":memory:"}, {}, ":memory:", id="--db :memory:"),
        pytest.param(None, {}, {"PETIT_DB": ""}, None, id="an empty variable is none"),
    ],
)
def test_which_database_is_meant(
    tmp_path: Path, toml: str | None, flags: dict[str, object], environ: dict[str, str], database: str | None
) -> None:
    assert settings(tmp_path, toml, flags, **environ).database == database


@pytest.mark.parametrize(
    ("flags", "environ", "enabled"),
    [
        pytest.param({"no_api": True}, {}, False, id="--no-api"),
        pytest.param({"no_api": False}, {}, True, id="not --no-api"),
        pytest.param({}, {"PETIT_API_ENABLED": "off"}, False, id="PETIT_API_ENABLED=off"),
        pytest.param({}, {"PETIT_API_ENABLED": "1"}, True, id="PETIT_API_ENABLED=1"),
    ],
)
def test_the_api_can_be_turned_off(
    tmp_path: Path, flags: dict[str, object], environ: dict[str, str], enabled: bool
) -> None:
    assert settings(tmp_path, None, flags, **environ).api.enabled is enabled


def test_no_limit_can_be_said(tmp_path: Path) -> None:
    assert (
        settings(tmp_path, "[scheduler]\nmax_jobs = 3\n", None, PETIT_MAX_JOBS="none").scheduler.max_jobs
        is None
    )


def test_lists_in_variables_are_separated_by_commas(tmp_path: Path) -> None:
    assert settings(tmp_path, PETIT_PASS_ENVIRONMENT="A, B_2").scheduler.pass_environment == ("A", "B_2")


@pytest.mark.parametrize(
    "origin",
    [
        "https://dash.example",
        "http://localhost:3000",
        "http://[::1]:8080",
        "http://192.168.1.5:81",
        "https://pi.local:80",
    ],
)
def test_an_origin_is_what_browsers_send(tmp_path: Path, origin: str) -> None:
    found = settings(tmp_path, None, {"api_cors_origin": (origin, "http://a")}).api.cors_origins
    assert found == (origin, "http://a")


@pytest.mark.parametrize(
    "origin",
    [
        "*", "null", "dash.example", "https://dash.example/", "https://dash.example/x", "https://Dash.example",
        "https://*.example", "https://dash.example:443", "http://dash.example:80", "ftp://dash.example",
        "https://a@dash.example", "https://", "https://dash.example:", "https://dash.example:0", "",
    ],
)  # fmt: skip
def test_what_no_browser_sends_is_no_origin(tmp_path: Path, origin: str) -> None:
    with pytest.raises(SettingsError, match="expected a list of origins such as"):
        settings(tmp_path, None, {"api_cors_origin": (origin,)})


def test_the_users_own_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "petit" / "config.toml"
    file.parent.mkdir()
    file.write_text("[api]\nport = 9\n")
    assert settings(tmp_path, XDG_CONFIG_HOME=str(tmp_path)).api.port == 9
    assert settings(tmp_path, XDG_CONFIG_HOME="relative").file is None
    (tmp_path / ".config").symlink_to(tmp_path)
    assert settings(tmp_path, HOME=str(tmp_path)).file == str(tmp_path / ".config" / "petit" / "config.toml")
    assert settings(tmp_path, "", None, XDG_CONFIG_HOME=str(tmp_path)).file == str(tmp_path / "petit.toml")


@pytest.mark.parametrize(
    ("toml", "flags", "environ", "message"),
    [
        pytest.param(
            "[api]\nprot = 1\n",
            {},
            {},
            "{file}: unknown key 'api.prot'; did you mean api.port?",
            id="misspelt",
        ),
        pytest.param(
            "[apis]\nport = 1\n",
            {},
            {},
            "{file}: unknown key 'apis'; did you mean api?",
            id="misspelt section",
        ),
        pytest.param(
            "api = 1\n", {}, {}, "{file}: api is a section; write [api]", id="a section that is none"
        ),
        pytest.param(
            "zzz = 1\n",
            {},
            {},
            "{file}: unknown key 'zzz'; known are state_dir, [api], [log], [retention], [scheduler],"
            " [storage]",
            id="nothing near",
        ),
        pytest.param(
            "[api]\nport = 70000\n",
            {},
            {},
            "{file}: api.port: 70000 is not allowed; expected a port from 0 to 65535, 0 for any free one",
            id="out of range",
        ),
        pytest.param(
            "[api]\nenabled = 1\n",
            {},
            {},
            "{file}: api.enabled: 1 is not allowed; expected true or false",
            id="a number for a truth",
        ),
        pytest.param(
            '[storage]\nengine = "redis"\n',
            {},
            {},
            '{file}: storage.engine: \'redis\' is not allowed; expected "sqlite" or "memory"',
            id="engine",
        ),
        pytest.param(
            '[storage]\nengine = "memory"\npath = "x"\n',
            {},
            {},
            '{file}: storage.path has no meaning for storage.engine = "memory"',
            id="path of memory",
        ),
        pytest.param(
            None,
            {"max_jobs": "0"},
            {},
            "--max-jobs: '0' is not allowed; expected a whole number from 1 to 1,000,000, or \"none\"",
            id="flag",
        ),
        pytest.param(
            None,
            {},
            {"PETIT_MAX_TASKS": "many"},
            "environment: PETIT_MAX_TASKS: 'many' is not allowed; expected a whole number from 1 to"
            " 1,000,000",
            id="variable",
        ),
        pytest.param(
            None,
            {},
            {"PETIT_TIMEZONE": "Europe/Berlim"},
            "environment: PETIT_TIMEZONE: 'Europe/Berlim' is not allowed (did you mean Europe/Berlin or"
            " Europe/Dublin or Europe/Rome?); expected an IANA name such as Europe/Berlin",
            id="zone",
        ),
        pytest.param(
            None,
            {"tick_interval": "1h30"},
            {},
            "--tick-interval: '1h30' is not allowed (30 at its end has no unit); expected a duration such as"
            " 500ms, 10s, 5m",
            id="duration",
        ),
        pytest.param(
            None,
            {"tick_interval": "0"},
            {},
            "--tick-interval: '0' is not allowed; expected a duration such as 500ms, 10s, 5m",
            id="no time",
        ),
        pytest.param(
            "[scheduler]\nlog_limit = 1\n",
            {},
            {},
            "{file}: scheduler.log_limit: 1 is not allowed; expected a size of at least 1KiB, such as 10MiB",
            id="too small",
        ),
        pytest.param(
            "[scheduler]\npass_environment = ['A=B']\n",
            {},
            {},
            "{file}: scheduler.pass_environment: ['A=B'] is not allowed; expected a list of names of"
            " variables",
            id="a name that is none",
        ),
        pytest.param(
            None,
            {},
            {"PETIT_API_HOST": "a b"},
            "environment: PETIT_API_HOST: 'a b' is not allowed; expected a host name or address",
            id="no host",
        ),
        pytest.param(
            "[scheduler]\ngrace = true\n",
            {},
            {},
            "{file}: scheduler.grace: True is not allowed; expected a duration such as 0, 500ms, 10s",
            id="a truth for a duration",
        ),
        pytest.param(
            "x = = 1\n", {}, {}, "{file}: is not TOML: Invalid value (at line 1, column 5)", id="no TOML"
        ),
    ],
)
def test_a_wrong_setting_names_source_key_and_what_is_allowed(
    tmp_path: Path, toml: str | None, flags: dict[str, object], environ: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, toml, flags, **environ)
    assert str(caught.value) == message.replace("{file}", str(tmp_path / "petit.toml"))


def test_all_wrong_settings_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, "[api]\nport = -1\nhost = ''\n", {"max_tasks": "x"}, PETIT_GRACE="soon")
    assert len(str(caught.value).splitlines()) == 4


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file or directory"):
        load_settings({"config": "none.toml"}, {}, cwd=tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(SettingsError, match=r"latin\.toml: is not UTF-8"):
        load_settings({"config": str(tmp_path / "latin.toml")}, {}, cwd=Path("/"))


def test_the_reference_describes_every_setting_once() -> None:
    described = describe_settings()
    assert (
        len({each["key"] for each in described})
        == len({each["variable"] for each in described})
        == len(SETTINGS)
    )
    by_key = {each["key"]: each for each in described}
    assert by_key["api.port"]["default"] == 8565
    assert by_key["scheduler.max_jobs"] == {
        "key": "scheduler.max_jobs", "variable": "PETIT_MAX_JOBS", "flag": "--max-jobs", "default": "none",
        "allowed": 'a whole number from 1 to 1,000,000, or "none"', "doc": "Runs at a time over all jobs.",
    }  # fmt: skip


def test_the_example_shows_every_setting_with_its_default() -> None:
    example = Path(__file__).parents[3] / "examples" / "config.toml"
    found = load_settings({"config": str(example)}, {}, cwd=Path("/"))
    assert msgspec.structs.replace(found, file=None) == Settings()
    text = example.read_text()
    assert [each.key for each in SETTINGS if f"{each.key.rpartition('.')[2]} = " not in text] == []
    assert [each.variable for each in SETTINGS if each.variable not in text] == []
