"""`footnote check`, `rebuild`, `backup` and `restore`: trust in the index, and its safety."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.connected import AsJson, connected, console_here, settings_or_exit
from api.cli.in_numbers import counted


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Prove that catalogue and indexes agree; exits with 1 if something is (still) wrong."""
    with connected() as client:
        report = client.call("POST", "/v1/admin/check", {"repair": repair})
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        show_report(report)
    if not report["clean"]:
        raise typer.Exit(1)


def rebuild() -> None:
    """Build both indexes anew from the catalogue; nothing is parsed or embedded again."""
    with connected() as client:
        done = client.call("POST", "/v1/admin/rebuild")
    console_here().print(indexed(done["passages"]), highlight=False)


def backup(file: Path) -> None:
    """Save everything that cannot be made again as one archive (.tar.gz); the server may run."""
    with connected() as client:
        client.download("POST", "/v1/admin/backup", file)
    console_here().print(f"{file}: {megabytes(file.stat().st_size)}", markup=False, highlight=False)


def restore(
    file: Path,
    force: Annotated[
        bool, typer.Option("--force", help="Move what is in FOOTNOTE_HOME aside.")
    ] = False,
) -> None:
    """Put a backup into FOOTNOTE_HOME and check it; the server must not run."""
    from api.cli.client import ApiError, running
    from ingest.care.restore import restore_backup

    settings = settings_or_exit()
    if settings.database_url is not None:
        raise ApiError(
            "the catalogue is in a database of its own (FOOTNOTE_DATABASE_URL): restore it with "
            "that database's tools"
        )
    if running(settings.home) is not None:
        raise ApiError(f"a server is running on {settings.home}; stop it first")
    manifest = restore_backup(file, settings.home, force=force)
    console = console_here()
    console.print(
        f"{restored(len(manifest.members) - 1, manifest.made_at)} in {settings.home}; building the "
        "indexes",
        markup=False,
        highlight=False,
    )
    for path in manifest.lost:
        console.print(f"lost before the backup was made: {path}", markup=False, highlight=False)
    check()


def show_report(report: dict[str, Any]) -> None:
    """A report for people."""
    console = console_here()
    for one in report["problems"]:
        examples = ", ".join(map(str, one["examples"]))
        left = f" ({one['left']} left)" if report["mended"] and one["left"] else ""
        console.print(
            f"{one['meaning']}: {one['count']}{left}, for instance {examples}",
            markup=False,
            highlight=False,
        )
    if report["clean"]:
        # The report says that mending was asked for, which may have found nothing to do.
        said = "mended; " if report["mended"] and report["problems"] else ""
        number = report["passages"]
        agreed = f"{counted(number, 'passage')}, all agree" if number else "no passages yet"
        console.print(f"{said}{agreed}", highlight=False)
    elif not report["mended"]:
        console.print("mend what can be mended with: footnote check --repair", highlight=False)


def indexed(passages: int) -> str:
    """What a rebuild made."""
    if not passages:
        return "there are no passages yet; the new indexes are empty"
    return f"{counted(passages, 'passage')} {'is' if passages == 1 else 'are'} in the new indexes"


def restored(uploads: int, made_at: str) -> str:
    """What a backup held, as the beginning of a sentence."""
    if not uploads:
        return f"the catalogue of {made_at} is"
    return f"{counted(uploads, 'uploaded file')} and the catalogue of {made_at} are"


def megabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else "less than 0.1 MB"
