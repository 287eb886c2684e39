"""Globs, access rules and access classes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.store.catalogue.access.classes import (
    AccessRule,
    class_of,
    classes_open_to_all,
    groups_for,
    readable_classes,
)
from ingest.store.catalogue.database.engine import Catalogue
from ingest.text.globs import matches


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("hr/pay.md", "hr/**", True),
        ("hr/a/b/pay.md", "hr/**", True),
        ("hrx/pay.md", "hr/**", False),
        ("a/b/pay.pdf", "**/*.pdf", True),
        ("pay.pdf", "**/*.pdf", True),
        ("a/pay.pdf", "*.pdf", False),
        ("a/pay.pdf", "a/", True),
        ("pay1.pdf", "pay?.pdf", True),
        ("pay/.pdf", "pay?.pdf", False),
        ("a+b (1).txt", "a+b (1).txt", True),
        ("new\nline.txt", "**", True),
    ],
)
def test_globs_match_as_documented(path: str, pattern: str, expected: bool) -> None:
    """Stars stay inside a folder, double stars cross folders, everything else is literal."""
    assert matches(path, pattern) is expected


def test_first_matching_rule_decides_and_no_match_means_admins_only() -> None:
    """Rules are tried in order; a path that none matches has no groups."""
    rules = (
        AccessRule("hr/public/**", frozenset({"everyone"})),
        AccessRule("hr/**", frozenset({"hr", "managers"})),
    )
    assert groups_for("hr/public/a.md", rules) == {"everyone"}
    assert groups_for("hr/a.md", rules) == {"hr", "managers"}
    assert groups_for("it/a.md", rules) == frozenset()


@settings(max_examples=30, deadline=None)
@given(
    documents=st.lists(st.frozensets(st.sampled_from("abcde"), max_size=3), max_size=8),
    person=st.frozensets(st.sampled_from("abcde"), max_size=3),
)
def test_a_class_is_readable_exactly_when_a_group_is_shared(
    documents: list[frozenset[str]], person: frozenset[str]
) -> None:
    """Classes never open more, and never less, than the sets of groups that they stand for."""
    with TemporaryDirectory() as folder:
        catalogue = Catalogue(f"sqlite:///{folder}/c.db")
        with catalogue.write() as tx:
            classes = [class_of(tx, groups) for groups in documents]
            readable = readable_classes(tx, person)
            admin = readable_classes(tx, (), admin=True)
        catalogue.close()
    for groups, class_id in zip(documents, classes, strict=True):
        assert (class_id in readable) == bool(groups & person)
        assert class_id in admin


def test_equal_sets_of_groups_share_a_class(tmp_path: Path) -> None:
    """The order in which groups are named does not matter."""
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'c.db'}")
    with catalogue.write() as tx:
        assert class_of(tx, ["hr", "it"]) == class_of(tx, ["it", "hr", "it"])
        assert class_of(tx, ["hr"]) != class_of(tx, ["it"])
    catalogue.close()


def test_a_channel_reads_only_what_all_its_people_read(tmp_path: Path) -> None:
    """One person without a right takes it from the channel; nobody at all reads nothing."""
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'c.db'}")
    with catalogue.write() as tx:
        hr, public = class_of(tx, ["hr"]), class_of(tx, ["everyone"])
        assert classes_open_to_all(tx, [["hr"], ["hr", "it"]]) == {hr, public}
        assert classes_open_to_all(tx, [["hr"], []]) == {public}
        assert classes_open_to_all(tx, []) == frozenset()
    catalogue.close()
