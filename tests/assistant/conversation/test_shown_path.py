"""Paths as people write them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation.shown_path import shown_path


@pytest.mark.parametrize(
    ("encoded", "shown"),
    [
        ("company/zh/%E5%B7%AE%E6%97%85.docx", "company/zh/差旅.docx"),
        ("company/a%20b%2Bc.md", "company/a b+c.md"),
        ("company/100%25.md", "company/100%.md"),
        ("company/plain.md", "company/plain.md"),
        ("company/差旅.docx", "company/差旅.docx"),
        ("company/%E5%B7", "company/%E5%B7"),
        ("company/%ff%fe.md", "company/%ff%fe.md"),
        ("company/50%", "company/50%"),
        ("company/%zz%4", "company/%zz%4"),
        ("company/a%0Ab.md", "company/a%0Ab.md"),
        ("company/a%1B%5B31m.md", "company/a%1B%5B31m.md"),
        ("company/fdp.%E2%80%AEexe", "company/fdp.%E2%80%AEexe"),
        ("company/a%E2%80%A8b", "company/a%E2%80%A8b"),
    ],
)
def test_a_path_is_decoded_for_the_eye(encoded: str, shown: str) -> None:
    """Malformed encodings and characters that mislead stay as they are."""
    assert shown_path(encoded) == shown


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_what_was_encoded_is_shown_as_it_was(path: str) -> None:
    """Letters, digits, signs and spaces of every script come back."""
    assert shown_path(quote(path)) == path
