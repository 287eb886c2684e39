"""The command line: `footnote serve`, `sync`, `ask`, `search`, `eval`, `doctor` and the rest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli import care
from api.cli.admin.accounts import keys_app, people_app
from api.cli.admin.documents import documents
from api.cli.admin.generations import generations_app
from api.cli.admin.jobs import jobs_app
from api.cli.admin.sources import sources_app
from api.cli.asking import ask, search
from api.cli.connected import console_here, settings_or_exit
from api.cli.evaluate import evaluate
from api.cli.sync import sync

app = typer.Typer(
    help="Ask your company's documents; every statement has a footnote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    described: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            show_default=False,
            help="With --sample: another JSON file that describes a source.",
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Add the sample company, and sync it.")
    ] = False,
) -> None:
    """Serve page, API and bots."""
    from api.cli.serve import SAMPLE, run

    if described is not None and not sample:
        raise typer.BadParameter(f"{described} is only read with --sample")
    given = {"host": host, "port": port}
    settings = settings_or_exit(
        **{name: value for name, value in given.items() if value is not None}
    )
    run(settings, (described or SAMPLE) if sample else None)


@app.command()
def doctor() -> None:
    """Look at everything that Footnote needs, and say what is wrong and what to do."""
    from api.cli.doctor import examine
    from api.observe.logs import quiet

    settings = settings_or_exit()
    quiet()
    verdicts = examine(settings)
    console = console_here()
    style = {"ok": "green", "warn": "yellow", "fail": "red"}
    for one in verdicts:
        console.print(f"[{style[one.level]}]{one.level:<5}[/]", end="")
        console.print(f" {one.what}", markup=False, highlight=False, soft_wrap=True)
    if any(one.level == "fail" for one in verdicts):
        raise typer.Exit(1)


app.command()(sync)
app.command()(ask)
app.command()(search)
app.command()(documents)
app.add_typer(sources_app, name="sources")
app.add_typer(jobs_app, name="jobs")
app.add_typer(generations_app, name="generations")
app.add_typer(keys_app, name="keys")
app.add_typer(people_app, name="people")
app.command("eval")(evaluate)
for _command in (care.check, care.rebuild, care.backup, care.restore):
    app.command()(_command)


if __name__ == "__main__":
    main()
