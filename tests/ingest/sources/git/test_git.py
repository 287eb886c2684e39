"""A branch of a git repository as a source."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from ingest.errors import SourceError
from tests.ingest.sources.places import place, texts, times
from tests.ingest.sources.repositories import commit, served

_SECOND = 1_000_000_000


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits."""
    root = tmp_path / "repository"
    commit(root, {"README.md": "# Read me\n", "docs/guide.md": "# Guide\n"}, 1_700_000_000)
    commit(root, {"docs/guide.md": "# Guide, second edition\n"}, 1_700_000_500)
    return root


def test_files_are_those_of_the_branch(tmp_path: Path, repository: Path) -> None:
    """Edited, added and removed files of a fetched commit replace those of the last."""
    git = place(tmp_path / "home", "git", repository)
    git.check()
    assert texts(git) == {"README.md": "# Read me\n", "docs/guide.md": "# Guide, second edition\n"}
    commit(
        repository, {"README.md": None, "new.md": "# New\n", "docs/guide.md": "3\n"}, 1_700_001_000
    )
    assert texts(git) == {"new.md": "# New\n", "docs/guide.md": "3\n"}


def test_a_file_may_become_a_folder_and_back(tmp_path: Path, repository: Path) -> None:
    """Copies follow the branch whatever was there before."""
    git = place(tmp_path / "home", "git", repository)
    commit(repository, {"a.md": "file\n"}, 1_700_001_000)
    assert "a.md" in texts(git)
    commit(repository, {"a.md": None, "a.md/b.md": "below\n"}, 1_700_001_001)
    assert texts(git)["a.md/b.md"] == "below\n"
    commit(repository, {"a.md/b.md": None, "a.md": "again\n"}, 1_700_001_002)
    assert texts(git)["a.md"] == "again\n"


def test_a_document_has_the_time_of_the_last_commit_that_changed_it(
    tmp_path: Path, repository: Path
) -> None:
    """On the first visit and, without looking at old commits again, on later ones."""
    git = place(tmp_path / "home", "git", repository)
    seconds = {path: ns // _SECOND for path, ns in times(git).items()}
    assert seconds == {"README.md": 1_700_000_000, "docs/guide.md": 1_700_000_500}
    commit(repository, {"new.md": "# New\n"}, 1_700_009_000)
    seconds = {path: ns // _SECOND for path, ns in times(git).items()}
    assert seconds["README.md"] == 1_700_000_000
    assert seconds["new.md"] == 1_700_009_000


def test_a_change_within_the_same_second_and_of_the_same_size_is_seen(
    tmp_path: Path, repository: Path
) -> None:
    """Times carry a fingerprint of the content."""
    git = place(tmp_path / "home", "git", repository)
    commit(repository, {"a.md": "one\n"}, 1_700_001_000)
    before = times(git)["a.md"]
    commit(repository, {"a.md": "two\n"}, 1_700_001_000)
    assert texts(git)["a.md"] == "two\n"
    assert times(git)["a.md"] != before


def test_branch_and_subfolder_narrow_it(tmp_path: Path, repository: Path) -> None:
    """Paths are relative to the subfolder; wrong ones are refused with what there is."""
    commit(repository, {"docs/other.md": "# Other\n"}, 1_700_002_000, branch="next/one")
    git = place(tmp_path / "home", "git", repository, branch="next/one", subfolder="docs/")
    assert texts(git) == {"other.md": "# Other\n"}
    with pytest.raises(SourceError, match="no branch 'nope'; it has: main, next/one"):
        place(tmp_path / "home2", "git", repository, branch="nope").check()
    lost = place(tmp_path / "home3", "git", repository, subfolder="lost")
    with pytest.raises(SourceError, match="no folder 'lost'"):
        texts(lost)


def test_links_hidden_files_and_names_that_lead_outside_are_left_out(
    tmp_path: Path, repository: Path
) -> None:
    """Only plain files below the repository become documents."""
    (tmp_path / "secret.md").write_text("secret")
    commit(
        repository,
        {
            "link.md": f"->{tmp_path}/secret.md",
            ".env": "TOKEN=1",
            ".git/hooks/post-checkout": "#!/bin/sh\nexit 1",
            "../outside.md": "out",
            "ok.md": "ok",
        },
        1_700_003_000,
    )
    git = place(tmp_path / "home", "git", repository)
    assert set(texts(git)) == {"README.md", "docs/guide.md", "ok.md"}
    assert not list((tmp_path / "home").rglob("outside.md"))


def test_a_failed_fetch_changes_nothing(tmp_path: Path, repository: Path) -> None:
    """The copies stay, and the error says so."""
    git = place(tmp_path / "home", "git", repository)
    before = texts(git)
    shutil.move(repository, tmp_path / "away")
    with pytest.raises(SourceError, match="nothing was changed"):
        git.list_files(threading.Event())
    assert {path: git.read(path).read_text() for path in before} == before


def test_it_is_fetched_over_http_with_a_token_from_the_environment(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong or missing token is refused with what to do; the token is written nowhere."""
    with served(repository, token="s3cret-t0ken") as address:
        with pytest.raises(SourceError, match="token_env"):
            place(tmp_path / "home", "git", address).check()
        git = place(tmp_path / "home", "git", address, token_env="GIT_TOKEN_DOCS")
        with pytest.raises(SourceError, match="GIT_TOKEN_DOCS is not set"):
            git.check()
        monkeypatch.setenv("GIT_TOKEN_DOCS", "s3cret-t0ken")
        git.check()
        assert set(texts(git)) == {"README.md", "docs/guide.md"}
        commit(repository, {"README.md": "# Newer\n"}, 1_700_004_000)
        assert texts(git)["README.md"] == "# Newer\n"
    with pytest.raises(SourceError, match="nothing was changed"):
        git.list_files(threading.Event())
    kept = [one for one in (tmp_path / "home").rglob("*") if one.is_file()]
    assert kept
    assert not any(b"s3cret-t0ken" in one.read_bytes() for one in kept)


def test_a_shallow_repository_follows_its_branch(tmp_path: Path, repository: Path) -> None:
    """With `depth`, only so many commits are fetched, at first and later."""
    with served(repository) as address:
        git = place(tmp_path / "home", "git", address, depth=1)
        seconds = {path: ns // _SECOND for path, ns in times(git).items()}
        assert seconds == {"README.md": 1_700_000_500, "docs/guide.md": 1_700_000_500}
        commit(repository, {"new.md": "# New\n"}, 1_700_005_000)
        seconds = {path: ns // _SECOND for path, ns in times(git).items()}
        assert seconds["README.md"] == 1_700_000_500
        assert seconds["new.md"] == 1_700_005_000


@pytest.mark.parametrize(
    "address",
    [
        "file:///srv/repository",
        "ext::sh -c 'touch /tmp/x'",
        "git://example.org/x",
        "https://ann:password@example.org/x.git",
        "ssh://-oProxyCommand=x/y",
        "-oProxyCommand=x:y",
        "http://example.org/x.git",
    ],
)
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    """No other transport, no password in an address, no token in the clear, no ssh option."""
    with pytest.raises(SourceError):
        place(tmp_path, "git", address, token_env="GIT_TOKEN").check()
    if not address.startswith("http://"):
        with pytest.raises(SourceError):
            place(tmp_path, "git", address).check()


def test_only_variables_meant_for_it_may_hold_the_token(tmp_path: Path) -> None:
    """No other secret of the server can be sent to a repository's server."""
    with pytest.raises(SourceError, match="option token_env"):
        place(tmp_path, "git", "https://example.org/x.git", token_env="FOOTNOTE_ADMIN_KEY")
