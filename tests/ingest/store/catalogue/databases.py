"""The databases that a catalogue may be in: an SQLite file, and a real PostgreSQL server."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest


def sqlite_url(folder: Path) -> str:
    """A new file's."""
    return f"sqlite:///{folder / f'{uuid4().hex}.db'}"


@contextmanager
def postgres_server() -> Iterator[Path]:
    """A server of its own in a folder that goes with it; yields where its socket is.

    It sorts by a language, as servers do that somebody installed without thinking of it.
    """
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (pip install 'footnote[postgres]')")
    home = Path(tempfile.mkdtemp(prefix="footnote-pg-"))
    # The server refuses to be root's; "nobody" is on every Unix machine.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(home, user.pw_uid, user.pw_gid)

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            [programs / program, "-D", home / "data", *words],
            user=user.pw_uid if os.geteuid() == 0 else None,
            group=user.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    try:
        run(
            "initdb",
            *("-U", "footnote", "-A", "trust", "-E", "UTF8", "--no-sync"),
            *("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"),
        )
        settings = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", settings, "start")
        try:
            yield home
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


def postgres_url(socket: Path, **options: str) -> str:
    """That of a new database of the server; `options` are those of CREATE DATABASE."""
    import psycopg

    name = f"c{uuid4().hex}"
    made = " ".join(f"{key} {value}" for key, value in options.items())
    with psycopg.connect(host=str(socket), user="footnote", dbname="postgres") as connection:
        connection.autocommit = True
        connection.execute(f"CREATE DATABASE {name} {made}")  # type: ignore[arg-type]  # no literal
    return f"postgresql://footnote@/{name}?host={socket}"


def _programs() -> Path | None:
    """The folder of the newest server's programs, 15 or newer."""
    found = [
        one.parent
        for one in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if int(one.parts[-3]) >= 15
    ]
    on_path = shutil.which("initdb")
    if on_path is not None:
        found.append(Path(on_path).resolve().parent)
    return max(found, key=lambda one: one.parts[-2].zfill(4), default=None)
