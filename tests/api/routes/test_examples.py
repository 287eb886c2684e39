"""GET /v1/examples: in the asker's language, from what they may read."""

from __future__ import annotations

import pytest

from api.routes.asking.examples import accepted
from tests.conftest import Server


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", ["en", "zh"]),
        ("fr, de;q=0.9", ["en", "zh"]),
        ("zh-CN,zh;q=0.9,en;q=0.8", ["zh"]),
        ("en-GB,en;q=0.9", ["en"]),
        ("fr, zh;q=0.5, en;q=0.7", ["en"]),
        ("zh;q=0, en;q=0.1", ["en"]),
        ("zh;q=x", ["en", "zh"]),
        ("*", ["en", "zh"]),
    ],
)
def test_the_language_is_that_of_the_browser(header: str, languages: list[str]) -> None:
    """Both where it names none of ours."""
    assert accepted(header) == languages


def test_examples_are_what_the_asker_can_have_answered(server: Server) -> None:
    """The same each time, each answered with a footnote; nothing of them is recorded."""
    client = server.client(server.hr_key)
    for language in ("en", "zh"):
        answer = client.get("/v1/examples", params={"language": language})
        assert answer.status_code == 200
        found = answer.json()["examples"]
        assert found
        assert client.get("/v1/examples", params={"language": language}).json() == answer.json()
        for one in found:
            assert one["language"] == language
            told = client.post("/v1/ask", json={"question": one["question"]}).json()
            assert told["status"] == "answered"
            assert told["citations"]
    by_header = client.get("/v1/examples", headers={"Accept-Language": "zh-CN"}).json()
    assert by_header == client.get("/v1/examples", params={"language": "zh"}).json()


def test_examples_keep_to_the_asker_s_rights(server: Server) -> None:
    """What only hr may read gives nobody else a question; without a key there is none."""
    assert "Zebra" in server.client(server.hr_key).get("/v1/examples?language=en").text
    assert "Zebra" not in server.client(server.employee_key).get("/v1/examples?language=en").text
    assert server.client().get("/v1/examples").status_code == 401
    wrong = server.client(server.hr_key).get("/v1/examples", params={"language": "fr"})
    assert wrong.status_code == 422
