"""`footnote sync`: brings the index up to its folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.connected import Groups, connected, console_here, job_states

if TYPE_CHECKING:
    from api.cli.client import Client


def sync(
    source: Annotated[str | None, typer.Argument(help="One source; all if left out.")] = None,
    path: Annotated[
        Path | None, typer.Option(help="Folder of the source; adds it or moves it there.")
    ] = None,
    group: Groups = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Read unchanged files, too.")] = False,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="Compare the content of every file.")
    ] = False,
    allow_mass_delete: Annotated[
        bool, typer.Option("--allow-mass-delete", help="Many files are gone, and that is meant.")
    ] = False,
) -> None:
    """Bring the index up to its folders.

    With --path, everybody signed in may read the folder, unless --group names who may.
    """
    options = {
        "dry_run": dry_run,
        "force": force,
        "reconcile": reconcile,
        "allow_mass_delete": allow_mass_delete,
    }
    with connected() as client:
        if path is not None:
            names = [source or path.resolve().name]
            _add_source(client, names[0], path, group)
        else:
            names = [source] if source else _awake(client)
        # A list, not a generator: one source that failed does not keep the others waiting.
        all_done = all([_sync_one(client, name, options) for name in names])
    if not all_done:
        raise typer.Exit(1)


def _awake(client: Client) -> list[str]:
    """The sources that are not paused; says so where there is none."""
    known = client.call("GET", "/v1/admin/sources")["sources"]
    if not known:
        raise typer.BadParameter("there is no source yet; try: footnote sync NAME --path DIR")
    names = [one["name"] for one in known if not one["paused"]]
    if not names:
        console_here().print("every source is paused; footnote sources resume NAME lets one go on")
    return names


def _sync_one(client: Client, name: str, options: dict[str, bool]) -> bool:
    """Follows the sync of a source to its end; whether it is done."""
    from api.cli.terminal import show_job, show_outcome, show_plan

    console = console_here()
    job_id = client.call("POST", f"/v1/admin/sources/{name}/sync", options)["job_id"]
    show_job(console, job_states(client, job_id))
    job = client.call("GET", f"/v1/admin/jobs/{job_id}")
    if options["dry_run"] and job["plan"]:
        show_plan(console, job["plan"])
    else:
        show_outcome(console, job)
    return bool(job["state"] == "done")


def _add_source(client: Client, name: str, path: Path, groups: list[str] | None) -> None:
    known = {one["name"]: one for one in client.call("GET", "/v1/admin/sources")["sources"]}
    body = known.get(name) or {
        "name": name,
        "include": ["**/*"],
        "exclude": [],
        "access": [{"pattern": "**", "groups": groups or ["everyone"]}],
        "owner": None,
    }
    wanted = ("name", "include", "exclude", "access", "owner", "watch", "interval_s")
    body = {field: body[field] for field in wanted if field in body}
    body["path"] = str(path.resolve())
    if groups:
        body["access"] = [{"pattern": "**", "groups": groups}]
    client.call("POST", "/v1/admin/sources", body)
