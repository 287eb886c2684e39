"""Sources of every kind over HTTP: added, synced, found, updated, gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server, running_server
from tests.ingest.sources.repositories import commit
from tests.ingest.sources.sites import Answer, serving

ACCESS = [{"pattern": "hr/**", "groups": ["hr"]}, {"pattern": "**", "groups": ["everyone"]}]


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may read sites of its own network."""
    base = tmp_path_factory.mktemp("inside")
    with running_server(base, allow_private_addresses=True) as running:
        yield running


def _add(server: Server, name: str, kind: str, path: str | Path, **more: Any) -> dict[str, Any]:
    body = {"name": name, "path": str(path), "kind": kind, "access": ACCESS, **more}
    answer = server.client(server.admin_key).post("/v1/admin/sources", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _found(server: Server, words: str, source: str, key: str | None = None) -> list[dict[str, Any]]:
    """The results of a search in one source that hold its very words."""
    body = {"query": words, "filters": {"sources": [source]}}
    answer = server.client(key or server.employee_key).post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["results"] if words.lower() in one["text"].lower()]


def test_a_repository_is_followed(inside: Server, tmp_path: Path) -> None:
    """Added, synced, found; a new commit replaces; a removed file is gone; rights hold."""
    root = tmp_path / "repository"
    commit(
        root,
        {
            "docs/gate.md": "# Gate\n\nThe gate code is 4711.\n",
            "docs/hr/pay.md": "# Pay\n\nSalaries are paid on the 25th.\n",
        },
        1_700_000_000,
    )
    made = _add(inside, "repo", "git", root, options={"subfolder": "docs"}, interval_s=900)
    assert (made["kind"], made["options"], made["interval_s"]) == (
        "git",
        {"subfolder": "docs"},
        900,
    )
    assert inside.sync("repo")["counts"]["added"] == 2
    (hit,) = _found(inside, "gate code", "repo")
    assert "4711" in hit["text"]
    assert hit["modified_at"] == "2023-11-14T22:13:20Z"
    assert _found(inside, "salaries are paid", "repo") == []
    assert _found(inside, "salaries are paid", "repo", inside.hr_key)
    commit(root, {"docs/gate.md": "# Gate\n\nThe gate code is 1234.\n"}, 1_700_000_900)
    assert inside.sync("repo")["counts"]["changed"] == 1
    (hit,) = _found(inside, "gate code", "repo")
    assert "1234" in hit["text"]
    file = inside.client(inside.employee_key).get(f"/v1/documents/{hit['document_id']}/file")
    assert file.text == "# Gate\n\nThe gate code is 1234.\n"
    commit(root, {"docs/gate.md": None}, 1_700_001_000)
    assert inside.sync("repo")["counts"]["deleted"] == 1
    assert _found(inside, "gate code", "repo") == []


def test_a_site_is_followed_and_its_address_is_told(inside: Server) -> None:
    """Unchanged pages cost nothing; a site that is down keeps everything; 404 deletes."""
    with serving() as site:
        site.page("/", "The canteen opens at noon.", "/menu", etag='"a"')
        site.page("/menu", "Tuesdays have noodle soup.", etag='"b"')
        _add(inside, "wiki", "web", site.url, options={"delay_s": 0, "allow_private": True})
        assert inside.sync("wiki")["counts"]["added"] == 2
        (hit,) = _found(inside, "noodle soup", "wiki")
        client = inside.client(inside.employee_key)
        about = client.get(f"/v1/documents/{hit['document_id']}").json()
        assert about["path"] == "menu.html"
        assert about["address"] == f"{site.url}/menu"
        again = inside.sync("wiki")["counts"]
        assert (again["unchanged"], again["changed"], again["embedded_chunks"]) == (2, 0, 0)
        site.page("/menu", "Tuesdays have dumplings.", etag='"c"')
        assert inside.sync("wiki")["counts"]["changed"] == 1
        assert "dumplings" in _found(inside, "Tuesdays", "wiki")[0]["text"]
        site.pages["/"] = Answer(status=503)
        job = inside.sync("wiki")
        assert job["state"] == "failed"
        assert "503" in job["error"]
        assert _found(inside, "Tuesdays", "wiki")
        site.page("/", "The canteen opens at noon.", "/menu")
        site.pages["/menu"] = Answer(status=503)
        job = inside.sync("wiki")
        assert job["state"] == "done"
        assert [one["path"] for one in job["failures"]] == ["menu.html"]
        assert _found(inside, "Tuesdays", "wiki")
        del site.pages["/menu"]
        assert inside.sync("wiki")["counts"]["deleted"] == 1
        assert _found(inside, "Tuesdays", "wiki") == []


def test_an_archive_is_followed(inside: Server, tmp_path: Path) -> None:
    """And removing the source removes its copies."""
    import zipfile

    path = tmp_path / "制度.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("考勤.md", "# 考勤制度\n\n迟到三次扣半天工资。\n")
    _add(inside, "zip", "archive", path)
    assert inside.sync("zip")["counts"]["added"] == 1
    assert _found(inside, "迟到三次", "zip")
    copies = inside.runtime.settings.home / "sources" / "zip"
    assert copies.is_dir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("别的.md", "# 其他\n\n没有内容。\n")
    assert inside.sync("zip")["counts"]["deleted"] == 1
    assert inside.client(inside.admin_key).delete("/v1/admin/sources/zip").status_code == 204
    assert not copies.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "sharepoint"}, "there are archive, folder, git, web"),
        ({"kind": "git", "options": {"brunch": "x"}}, "no option 'brunch' (it has: branch"),
        ({"kind": "web", "path": "http://127.0.0.1:9/"}, "not a public address"),
        (
            {"kind": "web", "path": "http://127.0.0.1/", "options": {"allow_private": True}},
            "FOOTNOTE_ALLOW",
        ),
        ({"kind": "web", "path": "/srv"}, "no web address"),
        ({"kind": "archive", "path": "/nowhere.zip"}, "there is no file"),
        ({"kind": "git", "path": "/nowhere"}, "no git repository"),
        ({"path": "https://example.org/"}, "is an address, not a folder"),
        ({"options": {"depth": 1}}, "a folder source has no option 'depth'"),
        ({"kind": "git", "path": "/nowhere", "watch": True}, "only a folder can be watched"),
        ({"interval_s": 1}, "interval_s"),
    ],
)
def test_a_wrong_description_is_refused_with_a_reason(
    server: Server, wrong: dict[str, Any], said: str
) -> None:
    """422, and no source comes of it."""
    admin = server.client(server.admin_key)
    answer = admin.post("/v1/admin/sources", json={"name": "new", "path": "/srv", **wrong})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert "new" not in [one["name"] for one in admin.get("/v1/admin/sources").json()["sources"]]


def test_rights_can_be_changed_while_the_place_is_down(inside: Server, tmp_path: Path) -> None:
    """Who may read a document never waits for a site or a drive."""
    root = tmp_path / "repository"
    commit(root, {"plan.md": "# Plan\n\nThe moon base opens in May.\n"}, 1_700_000_000)
    _add(inside, "moon", "git", root)
    inside.sync("moon")
    assert _found(inside, "moon base opens", "moon")
    root.rename(tmp_path / "away")
    _add(inside, "moon", "git", root, access=[{"pattern": "**", "groups": ["hr"]}])
    assert _found(inside, "moon base opens", "moon") == []
