"""The command line: `footnote serve`, `sync`, `ask`, `search`, `eval`, `doctor` and the rest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import care
from api.cli.connected import connected, console_here, job_states, settings_or_exit
from api.cli.evaluate import evaluate
from api.cli.generations import generations_app
from api.cli.jobs import jobs_app
from api.cli.sources import sources_app

if TYPE_CHECKING:
    from api.cli.client import Client

app = typer.Typer(
    help="Ask your company's documents; every statement has a footnote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
keys_app = typer.Typer(help="API keys: who may ask, and with which rights.", no_args_is_help=True)
people_app = typer.Typer(
    help="People by e-mail address, for whom chat bots act.", no_args_is_help=True
)
app.add_typer(sources_app, name="sources")
app.add_typer(jobs_app, name="jobs")
app.add_typer(generations_app, name="generations")
app.add_typer(keys_app, name="keys")
app.add_typer(people_app, name="people")

Groups = Annotated[list[str] | None, typer.Option("--group", "-g", help="May be repeated.")]


def main() -> None:
    """Entry point: runs a command; what is wrong is said in one line, with exit code 1."""
    from api.cli.client import ApiError
    from assistant.errors import AssistantError
    from ingest.errors import IngestError

    try:
        app()
    except (ApiError, IngestError, AssistantError) as exc:
        print(f"footnote: {exc}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    sample: Annotated[
        Path | None, typer.Option(help="Add the source that this JSON file describes, and sync it.")
    ] = None,
) -> None:
    """Serve page, API and bots."""
    from api.cli.serve import run

    given = {"host": host, "port": port}
    settings = settings_or_exit(
        **{name: value for name, value in given.items() if value is not None}
    )
    run(settings, sample)


@app.command()
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
    from api.cli.terminal import show_job, show_outcome, show_plan

    console = console_here()
    with connected() as client:
        if path is not None:
            name = source or path.resolve().name
            _add_source(client, name, path, group)
            names = [name]
        else:
            known = client.call("GET", "/v1/admin/sources")["sources"]
            names = [source] if source else [one["name"] for one in known if not one["paused"]]
        if path is None and known and not names:
            console.print("every source is paused; footnote sources resume NAME lets one go on")
            return
        if not names:
            raise typer.BadParameter("there is no source yet; try: footnote sync NAME --path DIR")
        failed = False
        for name in names:
            options = {
                "dry_run": dry_run,
                "force": force,
                "reconcile": reconcile,
                "allow_mass_delete": allow_mass_delete,
            }
            job_id = client.call("POST", f"/v1/admin/sources/{name}/sync", options)["job_id"]
            show_job(console, job_states(client, job_id))
            job = client.call("GET", f"/v1/admin/jobs/{job_id}")
            if dry_run and job["plan"]:
                show_plan(console, job["plan"])
            else:
                show_outcome(console, job)
            failed = failed or job["state"] != "done"
    if failed:
        raise typer.Exit(1)


@app.command()
def ask(
    question: str,
    as_groups: Annotated[
        list[str] | None,
        typer.Option(help="Ask with the rights of an employee in this group; may be repeated."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole answer as JSON.")
    ] = False,
    mode: Annotated[str | None, typer.Option(help="`extractive` or `generated`.")] = None,
) -> None:
    """Ask a question; you ask as the admin of this machine, unless --as-groups says otherwise."""
    from api.cli.terminal import show_footnotes

    console = console_here()
    body = {"question": question, **({"mode": mode} if mode else {})}
    answer: dict[str, Any] = {}
    with connected() as admin, _acting(admin, as_groups) as client:
        for name, data in client.events("POST", "/v1/ask", body):
            if name == "answer":
                answer = data
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    console.print(answer["text"], markup=False, highlight=False, soft_wrap=True)
    show_footnotes(console, answer)


@app.command()
def search(
    query: str,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    as_groups: Annotated[
        list[str] | None, typer.Option(help="Search with the rights of an employee in this group.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Find passages."""
    from api.cli.terminal import show_results

    with connected() as admin, _acting(admin, as_groups) as client:
        found = client.call("POST", "/v1/search", {"query": query, "limit": limit})
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show_results(console_here(), found["results"])


@keys_app.command("create")
def keys_create(
    name: str,
    role: Annotated[str, typer.Option(help="`employee`, `admin` or `bot`.")] = "employee",
    group: Groups = None,
    expires_at: Annotated[
        str | None, typer.Option(help="For instance 2027-01-31T00:00:00Z.")
    ] = None,
) -> None:
    """Make a key; it is shown once."""
    body: dict[str, Any] = {"name": name, "role": role, "groups": group or []}
    if expires_at:
        body["expires_at"] = expires_at
    with connected() as client:
        print(client.call("POST", "/v1/admin/keys", body)["key"])


@keys_app.command("list")
def keys_list() -> None:
    """Every key without its secret."""
    from api.cli.terminal import show_table

    with connected() as client:
        rows = client.call("GET", "/v1/admin/keys")["keys"]
    show_table(
        console_here(),
        ["id", "name", "role", "groups", "expires", "last used"],
        (
            [
                one["id"],
                one["name"],
                one["role"],
                ", ".join(one["groups"]),
                one["expires_at"] or "",
                one["last_used_at"] or "",
            ]
            for one in rows
        ),
    )


@keys_app.command("revoke")
def keys_revoke(key_id: str) -> None:
    """Delete a key; it opens nothing from now on."""
    with connected() as client:
        client.call("DELETE", f"/v1/admin/keys/{key_id}")


@people_app.command("add")
def people_add(
    email: str,
    name: Annotated[str, typer.Option(help="As shown to admins.")] = "",
    group: Groups = None,
    role: Annotated[str, typer.Option(help="`employee` or `admin`.")] = "employee",
) -> None:
    """Add or change a person."""
    body = {"email": email, "name": name or email, "groups": group or [], "role": role}
    with connected() as client:
        client.call("POST", "/v1/admin/people", body)


@people_app.command("list")
def people_list() -> None:
    """Everybody who is known, with their groups."""
    from api.cli.terminal import show_table

    with connected() as client:
        rows = client.call("GET", "/v1/admin/people")["people"]
    show_table(
        console_here(),
        ["email", "name", "role", "groups"],
        ([one["email"], one["name"], one["role"], ", ".join(one["groups"])] for one in rows),
    )


@people_app.command("remove")
def people_remove(email: str) -> None:
    """Forget a person."""
    with connected() as client:
        client.call("DELETE", f"/v1/admin/people/{email}")


@app.command()
def doctor() -> None:
    """Look at everything that Footnote needs, and say what is wrong and what to do."""
    from api.cli.doctor import examine

    verdicts = examine(settings_or_exit())
    console = console_here()
    style = {"ok": "green", "warn": "yellow", "fail": "red"}
    for one in verdicts:
        console.print(f"[{style[one.level]}]{one.level:<5}[/]", end="")
        console.print(f" {one.what}", markup=False, highlight=False, soft_wrap=True)
    if any(one.level == "fail" for one in verdicts):
        raise typer.Exit(1)


app.command("eval")(evaluate)
for _command in (care.check, care.rebuild, care.backup, care.restore):
    app.command()(_command)


@contextmanager
def _acting(admin: Client, groups: list[str] | None) -> Iterator[Client]:
    if groups is None:
        yield admin
        return
    other = admin.acting_as(groups)
    try:
        yield other
    finally:
        admin.forget(other)


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


if __name__ == "__main__":
    main()
