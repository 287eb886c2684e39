"""Fixtures of the assistant's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.assistant.llm_server import LlmServer, running_llm_server


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A scripted language model endpoint."""
    with running_llm_server() as server:
        yield server
