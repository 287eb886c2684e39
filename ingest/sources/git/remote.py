"""Reaching a git repository: over https, http or ssh, or on this machine, and by no other way.

The user's own git configuration is not read, so nothing of it can send a request elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from ingest.errors import SourceError
from ingest.sources.interface import Options

if TYPE_CHECKING:
    from dulwich.client import GitClient

_TIMEOUT_S = 60.0
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15"
_SCP = re.compile(r"(?:(?P<user>[\w.-]+)@)?(?P<host>[A-Za-z0-9][\w.-]*):(?P<path>[^/\\].*|/.*)")


class GitOptions(Options):
    """Which part of a repository is read, and with which right.

    `token_env` names the environment variable that holds the password or access token for https;
    its name must begin with GIT_TOKEN, so that no other secret of the server can be sent away.
    `depth` fetches only so many commits; files that none of them changed get the oldest's time.
    """

    branch: Annotated[str, StringConstraints(min_length=1, max_length=250)] | None = None
    subfolder: Annotated[str, StringConstraints(max_length=1000)] = ""
    username: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "oauth2"
    token_env: Annotated[str, StringConstraints(pattern=r"^GIT_TOKEN(_[A-Z0-9_]+)?$")] | None = None
    depth: Annotated[int, Field(ge=1)] | None = None


def remote(address: str, options: GitOptions) -> Callable[[], tuple[GitClient, str]]:
    """How to reach a repository: a new client and the repository's path for it.

    Raises:
        SourceError: an address of another kind than https, http, ssh or a path.
    """
    parts = urlsplit(address)
    if "://" in address and parts.scheme in ("http", "https"):
        return _over_http(address, options)
    if options.token_env is not None:
        raise SourceError(
            "option token_env: is for https addresses; ssh uses the server's own keys"
        )
    scp = _SCP.fullmatch(address)
    if "://" in address and parts.scheme == "ssh" and parts.hostname and not parts.password:
        return _over_ssh(parts.hostname, parts.port, parts.username, parts.path)
    if address.startswith("/") or (scp is None and "://" not in address and "::" not in address):
        return lambda: (_local(), address)
    if scp is not None and "::" not in address and "://" not in address:
        return _over_ssh(scp["host"], None, scp["user"], scp["path"])
    raise SourceError(
        f"{address} cannot be a git source: give an https, http or ssh address without a password "
        "in it, or the plain path of a repository on this machine"
    )


def _local() -> GitClient:
    from dulwich.client import LocalGitClient
    from dulwich.config import ConfigDict

    return LocalGitClient(config=ConfigDict(), quiet=True)


def _over_ssh(
    host: str, port: int | None, user: str | None, path: str
) -> Callable[[], tuple[GitClient, str]]:
    def connect() -> tuple[GitClient, str]:
        from dulwich.client import SSHGitClient
        from dulwich.config import ConfigDict

        client = SSHGitClient(
            host, port=port, username=user, config=ConfigDict(), ssh_command=_SSH, quiet=True
        )
        return client, path

    return connect


def _over_http(address: str, options: GitOptions) -> Callable[[], tuple[GitClient, str]]:
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise SourceError(
            "leave name and password out of the address, which is stored and shown; put the token "
            "into an environment variable GIT_TOKEN… and name it in the option token_env"
        )
    if not parts.hostname:
        raise SourceError(f"{address} names no machine")
    inside = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if options.token_env is not None and parts.scheme == "http" and not inside:
        raise SourceError("a token is only sent over https; change the address")

    def connect() -> tuple[GitClient, str]:
        from dulwich.client import HttpGitClient
        from dulwich.config import ConfigDict

        token = None
        if options.token_env is not None:
            token = os.environ.get(options.token_env)
            if not token:
                raise SourceError(
                    f"the environment variable {options.token_env} is not set where Footnote runs"
                )
        client = HttpGitClient(
            f"{parts.scheme}://{parts.netloc}",
            config=ConfigDict(),
            username=options.username if token else None,
            password=token,
            timeout=_TIMEOUT_S,
            quiet=True,
        )
        return client, parts.path

    return connect


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turns what the library raises into an error that says what to do; the border to it."""
    from dulwich.client import HTTPUnauthorized
    from dulwich.errors import NotGitRepository

    try:
        yield
    except SourceError:
        raise
    except HTTPUnauthorized as exc:
        raise SourceError(
            f"{address} wants a name and token: put the token into an environment variable "
            "GIT_TOKEN… of the server and name it in the option token_env; nothing was changed"
        ) from exc
    except NotGitRepository as exc:
        raise SourceError(
            f"there is no git repository at {address}, or it may not be read; nothing was changed"
        ) from exc
    except Exception as exc:
        raise SourceError(
            f"the repository {address} cannot be fetched ({type(exc).__name__}: {exc}); "
            "nothing was changed"
        ) from exc
