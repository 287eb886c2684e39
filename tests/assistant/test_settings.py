"""Settings of answering: wrong ones stop the start and say which."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from assistant.settings import AssistantSettings


def test_without_a_language_model_the_defaults_are_valid() -> None:
    """Footnote answers out of the box."""
    assert AssistantSettings().llm_base_url is None


def test_every_setting_is_explained() -> None:
    """The reference of settings is made from these descriptions."""
    assert all(field.description for field in AssistantSettings.model_fields.values())


@pytest.mark.parametrize("missing", ["llm_base_url", "llm_model"])
def test_half_an_endpoint_is_refused_naming_both_settings(missing: str) -> None:
    """An address without a model, or the reverse, would fail at the first question."""
    whole = {"llm_base_url": "http://localhost:11434/v1", "llm_model": "m"}
    assert AssistantSettings.model_validate(whole).llm_model == "m"
    with pytest.raises(ValidationError, match="llm_base_url and llm_model"):
        AssistantSettings.model_validate({k: v for k, v in whole.items() if k != missing})


@pytest.mark.parametrize("url", ["localhost:11434", "ftp://host/v1", "http://", ""])
def test_address_must_be_http(url: str) -> None:
    """Anything else could only fail later, and less clearly."""
    with pytest.raises(ValidationError, match="llm_base_url must begin with http"):
        AssistantSettings.model_validate({"llm_base_url": url, "llm_model": "m"})


def test_generated_answers_need_a_language_model() -> None:
    """The mode cannot promise what nobody can do."""
    with pytest.raises(ValidationError, match="no language model is configured"):
        AssistantSettings(answer_mode="generated")


def test_unknown_setting_is_refused() -> None:
    """A misspelt name is an error, not a silent default."""
    with pytest.raises(ValidationError, match="llm_modle"):
        AssistantSettings.model_validate({"llm_modle": "m"})


def test_key_is_not_shown() -> None:
    """Settings may be printed."""
    settings = AssistantSettings.model_validate({"llm_api_key": "sk-1"})
    assert "sk-1" not in repr(settings)
