"""`footnote sources`: folders, repositories, web sites and archives to be indexed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from api.cli.connected import AsJson, connected, console_here, show_list

sources_app = typer.Typer(
    help="Folders and other places that the index is kept true to.", no_args_is_help=True
)

_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@sources_app.command("list")
def sources_list(as_json: AsJson = False) -> None:
    """Every source: its kind and place, when it is looked at, its owner, who may read it."""
    with connected() as client:
        found = client.call("GET", "/v1/admin/sources")
    show_list(
        found,
        ["name", "kind", "path", "looked at", "owner", "access"],
        (
            [
                one["name"],
                one["kind"],
                one["path"],
                _looked_at(one),
                one["owner"] or "",
                "; ".join(f"{r['pattern']} → {', '.join(r['groups'])}" for r in one["access"]),
            ]
            for one in found["sources"]
        ),
        as_json=as_json,
    )


@sources_app.command("add")
def sources_add(
    name: str,
    path: Annotated[str, typer.Argument(help="Folder, web address, repository or archive.")],
    include: Annotated[list[str] | None, typer.Option(help="Glob; may be repeated.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Glob; may be repeated.")] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Rule 'pattern=group,group'; first match wins; may be repeated."),
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="folder, git, web or archive; guessed from PATH if left out."),
    ] = None,
    branch: Annotated[str | None, typer.Option(help="git: another than the default one.")] = None,
    subfolder: Annotated[str | None, typer.Option(help="git: only what is below it.")] = None,
    token_env: Annotated[
        str | None, typer.Option(help="git: variable of the server (GIT_TOKEN…) with a token.")
    ] = None,
    depth: Annotated[
        int | None, typer.Option(help="web: links from the start page; git: commits to fetch.")
    ] = None,
    most_pages: Annotated[int | None, typer.Option(help="web: pages that are read.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="web: a site inside your own network.")
    ] = False,
    option: Annotated[
        list[str] | None, typer.Option(help="Any other NAME=VALUE of the kind; may be repeated.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="folder: index changes as they happen.")
    ] = False,
    every: Annotated[
        str | None, typer.Option(help="Sync so often, for instance 30s, 15m, 6h or 1d.")
    ] = None,
) -> None:
    """Add a folder or another place, or change it. Without --allow only admins may read it."""
    named = {
        "branch": branch,
        "subfolder": subfolder,
        "token_env": token_env,
        "depth": depth,
        "most_pages": most_pages,
        "allow_private": allow_private or None,
    }
    chosen = kind or guess_kind(path)
    body = {
        "name": name,
        "path": absolute(path, chosen),
        "include": include or ["**/*"],
        "exclude": exclude or [],
        "access": [_rule(one) for one in allow or []],
        "owner": owner,
        "kind": chosen,
        "options": {key: value for key, value in named.items() if value is not None}
        | dict(_option(one) for one in option or []),
        "watch": watch,
        "interval_s": None if every is None else seconds(every),
    }
    with connected() as client:
        client.call("POST", "/v1/admin/sources", body)
    console_here().print(
        f"{name} ({chosen}) is a source now; index it with: footnote sync {name}", markup=False
    )


@sources_app.command("remove")
def sources_remove(name: str) -> None:
    """Forget a source; its documents are gone from every answer at once."""
    with connected() as client:
        client.call("DELETE", f"/v1/admin/sources/{name}")
    console_here().print(f"{name} is removed", markup=False)


@sources_app.command("pause")
def sources_pause(name: str) -> None:
    """Let a source rest: its jobs wait, a running one stops after the files under way."""
    with connected() as client:
        client.call("POST", f"/v1/admin/sources/{name}/pause")
    console_here().print(
        f"{name} is paused; let it go on with: footnote sources resume {name}", markup=False
    )


@sources_app.command("resume")
def sources_resume(name: str) -> None:
    """Let a paused source go on where it was."""
    with connected() as client:
        client.call("POST", f"/v1/admin/sources/{name}/resume")
    console_here().print(f"{name} goes on", markup=False)


def guess_kind(path: str) -> str:
    """What a place most likely is: an address a site, one that ends in .git a repository.

    A folder with a repository in it is a folder unless --kind git says otherwise.
    """
    scheme = urlsplit(path).scheme if "://" in path else ""
    if scheme in ("ssh", "git+ssh") or re.match(r"^[\w.-]+@[\w.-]+:", path):
        return "git"
    if path.rstrip("/").endswith(".git"):
        return "git"
    if scheme in ("http", "https"):
        return "web"
    if path.lower().endswith(_ARCHIVES) and not Path(path).is_dir():
        return "archive"
    return "folder"


def absolute(path: str, kind: str) -> str:
    """A path as the server can find it; addresses stay as they are."""
    here = Path(path).expanduser()
    if kind in ("folder", "archive") or (kind == "git" and "://" not in path and here.exists()):
        return str(here.resolve()) if "://" not in path else path
    return path


def seconds(text: str) -> int:
    """A length of time such as 90, 30s, 15m, 6h or 1d in seconds.

    Raises:
        typer.BadParameter: it is none.
    """
    found = re.fullmatch(r"(\d{1,8})\s*([smhd]?)", text.strip().lower())
    if found is None:
        raise typer.BadParameter(f"{text!r} is no length of time; for instance 30s, 15m, 6h, 1d")
    return int(found[1]) * _UNITS[found[2] or "s"]


def _looked_at(one: dict[str, Any]) -> str:
    """When a source is looked at, when it was last, and what went wrong then."""
    if one["paused"]:
        when = "paused"
    elif one["unwatched_because"]:
        when = f"not watched: {one['unwatched_because']}"
    else:
        every = _shown_interval(one["interval_s"])
        watched = "watched" if one["watching"] else "to be watched" if one["watch"] else ""
        when = ", ".join(filter(None, [watched, every and f"every {every}"]))
    last = f"last {one['synced_at'][:16].replace('T', ' ')}" if one["synced_at"] else "never"
    return "; ".join(filter(None, [when, last, one["last_error"]]))


def _shown_interval(interval_s: int | None) -> str:
    if interval_s is None:
        return ""
    unit = max((u for u in _UNITS if interval_s % _UNITS[u] == 0), key=lambda u: _UNITS[u])
    return f"{interval_s // _UNITS[unit]}{unit}"


def _option(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE")
    return name.strip().replace("-", "_"), value


def _rule(text: str) -> dict[str, Any]:
    pattern, separator, groups = text.rpartition("=")
    if not separator or not groups:
        raise typer.BadParameter(f"{text!r} is not of the form 'pattern=group,group'")
    return {"pattern": pattern, "groups": [one.strip() for one in groups.split(",")]}
