"""Every setting of Footnote, read once: environment, a TOML file, sensible defaults.

A wrong or unknown setting stops the start with one message that names it; nothing is guessed.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from assistant.settings import AssistantSettings
from ingest.settings import IngestSettings

PREFIX = "FOOTNOTE_"
_CONFIG = "FOOTNOTE_CONFIG"


class SettingsError(Exception):
    """A setting is wrong or unknown; the message names it and says what is allowed."""


class Settings(AssistantSettings, IngestSettings, BaseSettings):
    """All settings. Each is `FOOTNOTE_` and its name in capitals, or its name in the TOML file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    host: str = Field(
        "127.0.0.1", description="Address to listen on; 0.0.0.0 lets other machines in."
    )
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    public_url: str = Field(
        "", description="Address at which people reach the page, for links in bots and exports."
    )
    admin_key: SecretStr | None = Field(
        None, description="Presets the first admin key instead of making one up."
    )
    demo: bool = Field(
        False,
        description="Loopback only: requests without a key are answered with what everyone may "
        "read. For trying Footnote out.",
    )
    max_upload_mb: int = Field(50, ge=1, description="Largest file that can be uploaded.")
    ask_concurrency: int = Field(
        8, ge=1, le=256, description="Questions answered side by side; further ones wait."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged."
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="Lines for people, or JSON lines for machines."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="From the Slack app's page; proves that a request comes from Slack."
    )
    slack_bot_token: SecretStr | None = Field(
        None, description="The Slack app's bot token (xoxb-…); with the secret it starts the bot."
    )

    @field_validator("admin_key", "slack_signing_secret", "slack_bot_token")
    @classmethod
    def _not_blank(cls, secret: SecretStr | None) -> SecretStr | None:
        """A blank secret would be one that everybody knows."""
        if secret is not None and not secret.get_secret_value().strip():
            raise ValueError("is blank; set it, or leave it out")
        return secret

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        if self.demo and not is_loopback(self.host):
            raise ValueError(
                f"demo lets anybody ask without a key, so host must be 127.0.0.1, not {self.host!r}"
            )
        if (self.slack_signing_secret is None) != (self.slack_bot_token is None):
            raise ValueError("slack_signing_secret and slack_bot_token belong together: set both")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code wins over the environment; the file is read by `load_settings`."""
        return (init_settings, env_settings)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; `overrides` (command-line options) win over everything.

    Raises:
        SettingsError: one or more are wrong or unknown.
    """
    _refuse_unknown(
        (name for name in os.environ if name.startswith(PREFIX) and name != _CONFIG),
        {PREFIX + name.upper() for name in Settings.model_fields},
        "environment variable",
    )
    in_file, path = _read_file()
    _refuse_unknown(in_file, set(Settings.model_fields), f"setting in {path}")
    # The environment wins over the file; an empty variable is as good as none.
    from_file = {
        name: value for name, value in in_file.items() if not os.environ.get(PREFIX + name.upper())
    }
    try:
        return Settings(**{**from_file, **overrides})
    except ValidationError as exc:
        raise SettingsError("\n".join(_said(error) for error in exc.errors())) from None


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def settings_table() -> str:
    """The settings as a Markdown table: variable, default, meaning."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None or field.is_required() else str(field.default)
        if field.default_factory is not None:
            default = "by machine"
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(
            f"| `{PREFIX}{name.upper()}` | {f'`{default}`' if default else ''} | {meaning} |"
        )
    return "\n".join(lines)


def _read_file() -> tuple[dict[str, Any], Path | None]:
    given = os.environ.get(_CONFIG)
    home = Path(os.environ.get("FOOTNOTE_HOME", ".footnote"))
    candidates = [Path(given)] if given else [Path("footnote.toml"), home / "footnote.toml"]
    for path in candidates:
        if path.is_file() or given:
            try:
                return tomllib.loads(path.read_text(encoding="utf-8")), path
            except OSError as exc:
                raise SettingsError(f"{path} cannot be read ({exc.strerror})") from exc
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
                raise SettingsError(f"{path} is not valid TOML: {exc}") from exc
    return {}, None


def _refuse_unknown(names: Iterable[str], known: set[str], what: str) -> None:
    said = []
    for name in sorted(set(names) - known):
        near = difflib.get_close_matches(name, known, n=1)
        said.append(f"unknown {what} {name}" + (f"; did you mean {near[0]}?" if near else ""))
    if said:
        raise SettingsError("\n".join(said))


def _said(error: Any) -> str:
    """One validation error without the value, which may be a secret."""
    name = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}: {message}" if name else message
