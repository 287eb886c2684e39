"""A git repository: a branch's files, without a git program and without running anything of it.

The repository is kept bare below the source's folder and fetched into on each sync; the wanted
files of the branch are copied out of it beside that. Nothing of the repository is ever run or
configured: no hooks, filters, submodules or large-file servers, and symbolic links are left out.
A document's time is that of the last commit on the branch itself (first parents) that changed it,
so a merge counts when it was merged.
"""

from __future__ import annotations

import json
import shutil
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ingest.errors import SourceError
from ingest.sources.copies import copies, stamped, write_stamped
from ingest.sources.git.remote import GitOptions, explained, remote
from ingest.sources.interface import Place, go_on, options_of
from ingest.sources.walk import Walk, walk, wanted

if TYPE_CHECKING:
    from dulwich.objects import ObjectID
    from dulwich.refs import Ref
    from dulwich.repo import Repo

MOST_COMMITS = 20_000
"""Commits that are looked through for the times of files; older files get the time of the last."""

_MOST_PACKS = 50
_KEPT = cast("Ref", b"refs/heads/footnote")


class GitConnector:
    """The files of one branch, below one subfolder."""

    def __init__(self, place: Place) -> None:
        """Takes `GitOptions`."""
        self._place = place
        self._options = options_of("git", GitOptions, place.options)
        self._connect = remote(place.path, self._options)
        self._bare = place.folder / "repository"
        self._times = place.folder / "times.json"
        self.root = place.folder / "files"
        self._subfolder = self._options.subfolder.strip("/")
        if ".." in self._subfolder.split("/"):
            raise SourceError("option subfolder: must lie inside the repository")

    def check(self) -> None:
        """The repository answers, and has the branch."""
        with explained(self._place.path):
            client, path = self._connect()
            self._head(client.get_refs(path.encode()).refs)

    def list_files(self, stop: threading.Event) -> Walk:
        """Fetches, brings the copies up to the branch and lists them."""
        from dulwich.repo import Repo

        with explained(self._place.path):
            if not self._bare.is_dir():  # whole or not at all, whenever the process ends
                fresh = self._place.folder / "fresh"
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(parents=True)
                Repo.init_bare(fresh).close()
                fresh.rename(self._bare)
            with Repo(str(self._bare)) as repo:
                self._fetch(repo, stop)
                self._copy_out(repo, stop)
        self.root.mkdir(parents=True, exist_ok=True)
        return walk(self.root, self._place.include, self._place.exclude)

    def read(self, path: str) -> Path:
        """The copy."""
        return self.root / path

    def address(self, path: str) -> str | None:
        """None: how a forge shows files is its own affair."""
        return None

    def _fetch(self, repo: Repo, stop: threading.Event) -> None:
        """What the branch has that is not here yet; the branch is moved only when all of it is."""
        chosen: list[ObjectID] = []

        def missing(refs: Mapping[Any, Any], depth: int | None = None) -> list[ObjectID]:
            chosen.append(self._head(refs))
            return [one for one in chosen if one not in repo.object_store]

        def progress(_: bytes) -> None:
            go_on(stop)

        client, path = self._connect()
        client.fetch(
            path, repo, determine_wants=missing, progress=progress, depth=self._options.depth
        )
        repo.refs[_KEPT] = chosen[-1]
        if len(repo.object_store.packs) > _MOST_PACKS:
            repo.object_store.repack()

    def _head(self, refs: Mapping[Any, Any]) -> ObjectID:
        """The commit that the branch stands at."""
        branch = self._options.branch
        head = refs.get(b"HEAD" if branch is None else b"refs/heads/" + branch.encode())
        if head is not None:
            return head  # type: ignore[no-any-return]  # untyped in dulwich
        heads = [name[11:].decode(errors="replace") for name in refs if name[:11] == b"refs/heads/"]
        if not heads:
            raise SourceError(f"{self._place.path} is empty: it has no branch yet")
        shown = ", ".join(sorted(heads)[:10])
        raise SourceError(f"{self._place.path} has no branch {branch or 'HEAD'!r}; it has: {shown}")

    def _copy_out(self, repo: Repo, stop: threading.Event) -> None:
        """Makes the copies those of the branch: writes what changed, removes what went."""
        files = self._tree(repo)
        times = self._changed_at(repo, files, stop)
        stamps = {path: stamped(times[path], int(blob[:7], 16)) for path, blob in files.items()}
        for path, mtime_ns in copies(self.root):
            if stamps.get(path) != mtime_ns:
                (self.root / path).unlink()
        for path, blob in files.items():
            target = self.root / path
            if not target.exists():
                go_on(stop)
                write_stamped(target, repo.object_store[blob].as_raw_string(), stamps[path])
        kept = {path: [blob.decode(), times[path]] for path, blob in files.items()}
        write_stamped(self._times, json.dumps(kept).encode(), 0)

    def _tree(self, repo: Repo) -> dict[str, ObjectID]:
        """The wanted files of the branch, by path below the subfolder."""
        from dulwich.object_store import iter_tree_contents

        tree = self._folder_of(repo, repo[repo.refs[_KEPT]])
        if tree is None:
            raise SourceError(f"{self._place.path} has no folder {self._subfolder!r} on its branch")
        files: dict[str, ObjectID] = {}
        for entry in iter_tree_contents(repo.object_store, tree):
            if not stat.S_ISREG(entry.mode):
                continue  # links and submodules
            path = entry.path.decode("utf-8", "surrogateescape")
            if _plain(path) and wanted(path, self._place.include, self._place.exclude):
                files[path] = entry.sha
        return files

    def _folder_of(self, repo: Repo, commit: Any) -> ObjectID | None:
        """The tree of the subfolder in a commit, None if it is not there."""
        from dulwich.object_store import tree_lookup_path

        if not self._subfolder:
            return commit.tree  # type: ignore[no-any-return]  # untyped in dulwich
        try:
            mode, tree = tree_lookup_path(
                repo.object_store.__getitem__, commit.tree, self._subfolder.encode()
            )
        except (KeyError, ValueError, NotADirectoryError):
            return None
        return tree if stat.S_ISDIR(mode) else None

    def _changed_at(
        self, repo: Repo, files: Mapping[str, ObjectID], stop: threading.Event
    ) -> dict[str, int]:
        """Seconds since 1970 of each file's last change; what did not change is remembered."""
        from dulwich.diff_tree import tree_changes

        known = self._remembered()
        times = {
            path: known[path][1]
            for path, blob in files.items()
            if path in known and known[path][0] == blob.decode()
        }
        left = {
            path.encode("utf-8", "surrogateescape"): path for path in files if path not in times
        }
        commit: Any = repo[repo.refs[_KEPT]]
        for _ in range(MOST_COMMITS):
            first = commit.parents[0] if commit.parents else None
            if not left or first is None or first not in repo.object_store:
                break
            go_on(stop)
            parent = repo[first]
            before, after = self._folder_of(repo, parent), self._folder_of(repo, commit)
            if before != after:
                for change in tree_changes(repo.object_store, before, after):
                    path = left.pop(change.new.path, None) if change.new else None
                    if path is not None:
                        times[path] = commit.commit_time
            commit = parent
        times.update(dict.fromkeys(left.values(), commit.commit_time))
        return times

    def _remembered(self) -> dict[str, tuple[str, int]]:
        try:
            kept = json.loads(self._times.read_bytes())
            return {path: (str(blob), int(seconds)) for path, (blob, seconds) in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _plain(path: str) -> bool:
    """Whether a path of a repository may become one of this disk."""
    return not any(
        part in ("", ".", "..") or part.startswith((".", "~$")) or "\\" in part or "\0" in part
        for part in path.split("/")
    )
