"""What a sync would do, as a table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.walk import Walk
from ingest.store.catalogue.documents.known import KnownFile
from ingest.sync.plan import Plan, plan, to_hash
from ingest.types import DocumentState, FoundFile


def _known(path: str, content: str, mtime: int = 1, live: int | None = 1) -> KnownFile:
    return KnownFile(
        f"doc_{path}", path, len(content), mtime, content, DocumentState.INDEXED, 1, live
    )


def _plan(
    files: dict[str, tuple[str, int]],
    known: list[KnownFile],
    *,
    unreadable_folders: tuple[str, ...] = (),
    unreadable: dict[str, str] | None = None,
    force: bool = False,
) -> Plan:
    walk = Walk(
        tuple(FoundFile(path, len(text), mtime) for path, (text, mtime) in files.items()),
        unreadable_folders,
    )
    by_path = {one.path: one for one in known}
    hashes = {
        one.path: files[one.path][0]
        for one in to_hash(walk, by_path, force=force)
        if one.path not in (unreadable or {})
    }
    return plan(walk, by_path, hashes, unreadable or {}, force=force)


def test_each_kind_of_change_is_told_apart() -> None:
    """Added, changed, moved, touched, deleted and unchanged files, all in one folder."""
    made = _plan(
        {
            "same.md": ("same", 1),
            "new.md": ("new", 5),
            "edited.md": ("edited text", 5),
            "touched.md": ("touched", 9),
            "there.md": ("moving", 5),
        },
        [
            _known("same.md", "same"),
            _known("edited.md", "older text!"),
            _known("touched.md", "touched"),
            _known("here.md", "moving"),
            _known("gone.md", "gone"),
        ],
    )
    assert made.summary() == {
        "added": ["new.md"],
        "changed": ["edited.md"],
        "moved": [["here.md", "there.md"]],
        "deleted": ["gone.md"],
        "unchanged": 2,
        "unreadable": {},
    }
    assert [after.path for _, after in made.touched] == ["touched.md"]


def test_a_copy_is_added_and_not_moved() -> None:
    """The origin is still there, so the second file is a document of its own."""
    made = _plan({"a.md": ("text", 1), "b.md": ("text", 2)}, [_known("a.md", "text")])
    assert made.summary()["added"] == ["b.md"]
    assert not made.moved


def test_nothing_below_an_unreadable_folder_is_taken_for_deleted() -> None:
    """Deleting needs evidence: the folder was listed and the file was not there."""
    made = _plan(
        {}, [_known("share/a.md", "a"), _known("b.md", "b")], unreadable_folders=("share",)
    )
    assert [one.path for one in made.deleted] == ["b.md"]


def test_an_unreadable_file_keeps_its_document() -> None:
    """It is reported, and neither deleted nor changed."""
    made = _plan({"a.md": ("new", 2)}, [_known("a.md", "old")], unreadable={"a.md": "no right"})
    assert made.summary()["unreadable"] == {"a.md": "no right"}
    assert not made.deleted
    assert not made.changed


def test_a_file_that_never_gave_text_is_not_moved_but_read_again() -> None:
    """There is nothing worth keeping of its document."""
    made = _plan({"b.md": ("x", 1)}, [_known("a.md", "x", live=None)])
    assert made.summary()["added"] == ["b.md"]
    assert made.summary()["deleted"] == ["a.md"]


def test_force_reads_everything_again() -> None:
    """Also what has neither another size nor another time."""
    assert _plan({"a.md": ("x", 1)}, [_known("a.md", "x")], force=True).summary()["changed"] == [
        "a.md"
    ]


@given(
    files=st.dictionaries(
        st.sampled_from([f"{i}.md" for i in range(6)]),
        st.tuples(st.sampled_from(["x", "y", "zz"]), st.integers(1, 2)),
    ),
    known=st.dictionaries(
        st.sampled_from([f"{i}.md" for i in range(6)]), st.sampled_from(["x", "y", "zz"])
    ),
)
def test_every_file_and_every_document_is_in_the_plan_once(
    files: dict[str, tuple[str, int]], known: dict[str, str]
) -> None:
    """Nothing is forgotten and nothing happens twice."""
    made = _plan(files, [_known(path, content) for path, content in known.items()])
    planned = [one.path for one in made.added] + [
        after.path for _, after in (*made.changed, *made.moved, *made.touched)
    ]
    assert len(planned) == len(set(planned))
    assert len(planned) + made.unchanged == len(files)
    origins = {before.path for before, _ in (*made.changed, *made.moved, *made.touched)}
    deleted = {one.path for one in made.deleted}
    assert not origins & deleted
    assert len(origins) + len(deleted) + made.unchanged == len(known)


def test_an_uncertain_listing_deletes_nothing() -> None:
    """A source that could be listed only in part says so with the folder "", which is all of it."""
    here = {"a.md": ("a", 1)}
    made = _plan(here, [_known("a.md", "a"), _known("b/c.md", "c")], unreadable_folders=("",))
    assert (made.deleted, made.unchanged) == ((), 1)
