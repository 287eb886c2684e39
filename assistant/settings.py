"""Settings of answering; the application reads them from `FOOTNOTE_<FIELD>`."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class AssistantSettings(BaseModel):
    """How questions are answered, and by which language model, if by any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    llm_base_url: str | None = Field(
        None,
        description="OpenAI-compatible endpoint that writes answers, such as "
        "http://localhost:11434/v1. Without it answers are put together from quotes.",
    )
    llm_model: str | None = Field(None, description="The model's name at that endpoint.")
    llm_api_key: SecretStr | None = Field(
        None, description="The endpoint's key; local endpoints mostly need none."
    )
    llm_timeout_s: float = Field(
        60, gt=0, description="Seconds for one whole reply, repeated tries included."
    )
    llm_max_tokens: int = Field(800, ge=16, description="Longest reply, in tokens.")
    llm_temperature: float = Field(
        0.0, ge=0, le=2, description="0 gives the same answer to the same question."
    )
    llm_context_tokens: int = Field(
        3000, ge=200, description="Tokens of passages that the model is shown with a question."
    )
    price_prompt_usd_per_million: float = Field(
        0.0, ge=0, description="US dollars for a million tokens of prompt, for the cost report."
    )
    price_completion_usd_per_million: float = Field(
        0.0, ge=0, description="US dollars for a million tokens of reply, for the cost report."
    )
    answer_mode: Literal["auto", "generated", "extractive"] = Field(
        "auto",
        description="auto: written by the language model where one is configured, otherwise "
        "put together from quotes (extractive).",
    )
    conversation_turns: int = Field(
        6, ge=0, description="Earlier questions and answers that a follow-up may refer to."
    )

    @model_validator(mode="after")
    def _endpoint_is_whole(self) -> AssistantSettings:
        if self.llm_base_url is not None:
            parts = urlsplit(self.llm_base_url)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise ValueError(
                    f"llm_base_url must begin with http:// or https://, not {self.llm_base_url!r}"
                )
        if (self.llm_base_url is None) != (self.llm_model is None):
            raise ValueError(
                "llm_base_url and llm_model belong together: set both (FOOTNOTE_LLM_BASE_URL and "
                "FOOTNOTE_LLM_MODEL), or neither"
            )
        if self.answer_mode == "generated" and self.llm_base_url is None:
            raise ValueError(
                "answer_mode is generated, but no language model is configured: set llm_base_url "
                "and llm_model, or answer_mode auto"
            )
        return self
