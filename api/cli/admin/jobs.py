"""`footnote jobs`: what is being indexed, what waits for what, and how to end it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.connected import AsJson, connected, console_here, job_states, show_list
from api.cli.in_numbers import job_name, job_unit, speed, time_to_go

jobs_app = typer.Typer(
    help="What is being indexed, and what waits for what.", invoke_without_command=True
)

_COLUMNS = ["id", "source", "state", "files", "rate", "to go", "without text", "what it does"]


@jobs_app.callback()
def jobs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="The newest so many.")] = 20,
    source: Annotated[str | None, typer.Option(help="Only this source's.")] = None,
    as_json: AsJson = False,
) -> None:
    """The newest jobs: state, stage, rate, time to go, and what a waiting one waits for."""
    if context.invoked_subcommand is not None:
        return
    query = {"limit": limit} | ({"source": source} if source else {})
    with connected() as client:
        found = client.call("GET", "/v1/admin/jobs", **query)
    show_list(found, _COLUMNS, map(_row, found["jobs"]), as_json=as_json)


@jobs_app.command("watch")
def jobs_watch(job_id: str) -> None:
    """Follow a job to its end, and show what it did."""
    from api.cli.terminal import show_job, show_outcome

    console = console_here()
    with connected() as client:
        client.call("GET", f"/v1/admin/jobs/{job_id}")
        show_job(console, job_states(client, job_id))
        job = client.call("GET", f"/v1/admin/jobs/{job_id}")
    show_outcome(console, job)
    if job["state"] != "done":
        raise typer.Exit(1)


@jobs_app.command("cancel")
def jobs_cancel(job_id: str) -> None:
    """End a job: a waiting one at once, a running one after the files under way."""
    with connected() as client:
        job = client.call("POST", f"/v1/admin/jobs/{job_id}/cancel")
    ended = job["state"] not in ("queued", "running")
    said = f"is {job['state']}" if ended else "ends after the files under way"
    console_here().print(f"{job_id} {said}", markup=False, highlight=False)


def _row(job: dict[str, Any]) -> list[str]:
    """A job as a line of the table."""
    place = f"number {job['position']} in the queue" if job["position"] else ""
    doing = "; ".join(part for part in (job["stage"], place, job["waiting"], job["error"]) if part)
    return [
        job["id"],
        job_name(job),
        job["state"],
        f"{job['done']} of {job['total']}" if job["total"] else "",
        speed(job["rate"], job_unit(job)),
        time_to_go(job["eta_s"]),
        str(job["counts"]["failed"] or ""),
        doing,
    ]
