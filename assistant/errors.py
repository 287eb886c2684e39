"""Errors of the assistant package.

AssistantError
├── LlmError         the language model's endpoint failed (`retryable` says if later may do);
│                    an answer falls back to `extractive`, it never becomes an error
├── BadQuestion      the question or its filters cannot be used; the message says what to do
├── NoConversation   no such conversation, or not this principal's
└── Closing          the server is being stopped and takes in nothing new
"""

from __future__ import annotations


class AssistantError(Exception):
    """Root of this package's errors; the message is fit to be shown to the asker."""


class LlmError(AssistantError):
    """The language model's endpoint failed; the message says how, without the prompt."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


class BadQuestion(AssistantError):
    """The question or its filters cannot be used."""


class NoConversation(AssistantError):
    """There is no such conversation, or it belongs to somebody else."""


class Closing(AssistantError):
    """The server is being stopped and takes in nothing new; it may answer when it is back."""
