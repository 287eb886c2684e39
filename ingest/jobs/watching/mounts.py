"""Which file system a folder is on: network file systems tell of no changes made elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "drvfs", "davfs"})

_TABLE = Path("/proc/self/mounts")


def on_network(folder: Path) -> bool:
    """Whether a folder is on a network file system; False where the system does not say."""
    try:
        table = _TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    kind = kind_of(os.path.realpath(folder), table)
    return kind in NETWORK or kind in {"fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.glusterfs"}


def kind_of(folder: str, table: str) -> str:
    """The file system type of an absolute path by a table of mounts (proc(5)); "" if unknown.

    The longest mount point above the folder counts, and of equal ones the last, which lies on top.
    """
    longest, kind = "", ""
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _plain(fields[1]).rstrip("/")
        if len(point) >= len(longest) and f"{folder}/".startswith(f"{point}/"):
            longest, kind = point, fields[2]
    return kind


def _plain(point: str) -> str:
    for code, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        point = point.replace(code, character)
    return point
