"""Whether the files of a tantivy index are as tantivy wrote them.

tantivy ends each file with a footer, `body | JSON with the body's CRC-32 | length of the JSON |
magic number` (tantivy's src/directory/footer.rs, format 7), but compares the sum only when asked,
which its Python binding cannot do. Without that, damaged words are found by chance, when a search
fails, or never.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_END = struct.Struct("<II")
_MAGIC = 1337


def damaged(folder: Path) -> list[str]:
    """The names of files that are missing, cut off or altered; empty for a whole index.

    Beside a writer it may name a file that has just been merged into another; a second look does
    not name it again.
    """
    try:
        names = list(_files(json.loads((folder / "meta.json").read_bytes())))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ["meta.json"]
    return [name for name in names if not _whole(folder / name)]


def _files(meta: dict[str, object]) -> Iterator[str]:
    segments = meta["segments"]
    if not isinstance(segments, list):
        raise TypeError("no list of segments")
    for one in segments:
        name = str(one["segment_id"]).replace("-", "")
        yield from (f"{name}.{part}" for part in _PARTS)
        if one.get("deletes"):
            yield f"{name}.{one['deletes']['opstamp']}.del"


def _whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(size - _END.size)
            length, magic = _END.unpack(file.read(_END.size))
            body = size - _END.size - length
            if magic != _MAGIC or body < 0:
                return False
            file.seek(body)
            expected = json.loads(file.read(length))["crc"]
            file.seek(0)
            found = 0
            while body > 0 and (part := file.read(min(body, 1 << 20))):
                found = zlib.crc32(part, found)
                body -= len(part)
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return False
    return bool(found == expected)
