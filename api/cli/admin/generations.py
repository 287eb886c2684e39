"""`footnote generations …`: another model or other chunks, without an hour of silence."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.connected import AsJson, connected, console_here, job_states, show_list

generations_app = typer.Typer(
    help="Generations of the index: build another one beside the live one, switch, drop.",
    no_args_is_help=True,
)


@generations_app.command("list")
def generations_list(as_json: AsJson = False) -> None:
    """Every generation: its state, its model, its chunks, and how much is not in it yet."""
    with connected() as client:
        found = client.call("GET", "/v1/admin/generations")
    show_list(
        found,
        ["id", "state", "model", "chunks of", "documents waiting", "live since"],
        (
            [
                str(one["id"]),
                one["state"],
                one["recipe"]["model"],
                f"{one['recipe']['chunk_tokens']}-{one['recipe']['chunk_max_tokens']} tokens",
                str(one["documents_waiting"]),
                one["switched_at"] or "",
            ]
            for one in found["generations"]
        ),
        as_json=as_json,
    )
    if found["outdated"] and not as_json:
        # Beside the list, not in it: other tools read that.
        typer.echo("the settings ask for another one: footnote generations build", err=True)


@generations_app.command("build")
def generations_build(
    embedder: Annotated[str | None, typer.Option(help="As FOOTNOTE_EMBEDDER.")] = None,
    chunk_tokens: Annotated[int | None, typer.Option(help="As FOOTNOTE_CHUNK_TOKENS.")] = None,
    chunk_max_tokens: Annotated[
        int | None, typer.Option(help="As FOOTNOTE_CHUNK_MAX_TOKENS.")
    ] = None,
) -> None:
    """Build a generation by the settings, or by what is given, and switch to it."""
    body = {
        "embedder": embedder,
        "chunk_tokens": chunk_tokens,
        "chunk_max_tokens": chunk_max_tokens,
    }
    _follow("/v1/admin/generations", body)


@generations_app.command("switch")
def generations_switch(number: int) -> None:
    """Bring a generation up to date and make it live; the present one is kept."""
    _follow(f"/v1/admin/generations/{number}/switch", None)


@generations_app.command("drop")
def generations_drop(number: int) -> None:
    """Forget a generation that is not live, and free its place."""
    with connected() as client:
        client.call("DELETE", f"/v1/admin/generations/{number}")
    console_here().print(f"generation {number} is dropped", highlight=False)


def _follow(path: str, body: object) -> None:
    from api.cli.terminal import show_job

    console = console_here()
    with connected() as client:
        job_id = client.call("POST", path, body)["job_id"]
        show_job(console, job_states(client, job_id))
        job = client.call("GET", f"/v1/admin/jobs/{job_id}")
    if job["state"] != "done":
        console.print(job["error"] or job["state"], markup=False)
        raise typer.Exit(1)
    console.print(f"generation {job['generation']} is live", highlight=False)
