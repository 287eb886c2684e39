"""Real git repositories, made and served without a git program."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from dulwich.objects import Blob, Commit, Tree
from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

_LINK = 0o120000
_AUTHOR = b"Ann <ann@example.org>"


def commit(
    root: Path, files: Mapping[str, str | bytes | None], when: int, *, branch: str = "main"
) -> None:
    """Commits files (None removes one; a str that begins with `->` is a link) on a branch."""
    with Repo(str(root)) if root.exists() else Repo.init_bare(str(root), mkdir=True) as repo:
        ref: Any = b"refs/heads/" + branch.encode()
        parents = [repo.refs[ref]] if ref in repo.refs else []
        tree: dict[bytes, tuple[int, Any]] = {}
        if parents:
            old: Any = repo[parents[0]]
            from dulwich.object_store import iter_tree_contents

            for entry in iter_tree_contents(repo.object_store, old.tree):
                tree[entry.path] = (entry.mode, entry.sha)
        for path, content in files.items():
            if content is None:
                del tree[path.encode()]
                continue
            data = content if isinstance(content, bytes) else content.encode()
            mode = 0o100644
            if data.startswith(b"->"):
                mode, data = _LINK, data[2:]
            blob = Blob.from_string(data)
            repo.object_store.add_object(blob)
            tree[path.encode()] = (mode, blob.id)
        made = Commit()
        made.tree = _write_tree(repo, tree)
        made.parents = parents
        made.author = made.committer = _AUTHOR
        made.author_time = made.commit_time = when
        made.author_timezone = made.commit_timezone = 0
        made.message = b"Change"
        repo.object_store.add_object(made)
        repo.refs[ref] = made.id
        if branch == "main":
            repo.refs.set_symbolic_ref(b"HEAD", ref)  # type: ignore[arg-type]  # a str works


def _write_tree(repo: Repo, files: Mapping[bytes, tuple[int, Any]]) -> Any:
    tree = Tree()
    below: dict[bytes, dict[bytes, tuple[int, Any]]] = {}
    for path, (mode, sha) in files.items():
        folder, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(folder, {})[rest] = (mode, sha)
        else:
            tree.add(path, mode, sha)
    for folder, inside in below.items():
        tree.add(folder, 0o040000, _write_tree(repo, inside))
    repo.object_store.add_object(tree)
    return tree.id


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def served(root: Path, token: str | None = None) -> Iterator[str]:
    """The address at which a repository is served over HTTP, to those who know the token."""
    with Repo(str(root)) as repo:
        inner = make_wsgi_chain(DictBackend({"/": repo}))

        def guarded(environ: Any, start: Any) -> Any:
            sent = environ.get("HTTP_AUTHORIZATION", "")
            known = base64.b64encode(f"oauth2:{token}".encode()).decode()
            if token is not None and sent != f"Basic {known}":
                start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="git"')])
                return [b""]
            return inner(environ, start)

        server = make_server("127.0.0.1", 0, guarded, handler_class=_Quiet)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
