"""OpenAI's client over indexed documents and the real assistant."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openai
import pytest

from ingest.store.catalogue.readable.documents import version_text
from ingest.types import Scope
from tests.api.bots.company import LEAVE, company
from tests.api.routes.openai.conftest import client, serving_openai


def test_any_openai_client_gets_exact_footnotes(tmp_path: Path) -> None:
    """An answer's links lead to exact words of documents, and only of those the key may read."""
    with company(tmp_path) as one, serving_openai(one.assistant, one.library.catalogue) as url:
        with client(url) as ours:
            made = ours.chat.completions.create(
                model="footnote",
                messages=[{"role": "user", "content": "How many days of annual leave?"}],
            )
            hidden = ours.chat.completions.create(
                model="footnote",
                messages=[{"role": "user", "content": "What salary does Carol Smith earn?"}],
            )
            with pytest.raises(openai.BadRequestError, match="shorten"):
                ours.chat.completions.create(
                    model="footnote",
                    messages=[{"role": "user", "content": "x" * 5000}],
                    stream=True,
                )
        with client(url, "hr") as theirs:
            seen = theirs.chat.completions.create(
                model="footnote",
                messages=[{"role": "user", "content": "What salary does Carol Smith earn?"}],
            )
        message = made.choices[0].message
        assert message.content is not None
        assert message.annotations
        cited = message.annotations[0].url_citation
        assert message.content[cited.start_index : cited.end_index] == f"[[1]]({cited.url})"
        place = urlsplit(cited.url)
        where = {name: int(values[0]) for name, values in parse_qs(place.query).items()}
        with one.library.catalogue.read() as connection:
            scope = Scope(frozenset(range(100)))
            found = version_text(
                connection, place.path.removeprefix("/d/"), where["version"], scope
            )
        assert found.text[where["start"] : where["end"]] == LEAVE
        assert "91234" in seen.to_json()
        assert "91234" not in hidden.to_json()
        assert "salaries.md" not in hidden.to_json()
