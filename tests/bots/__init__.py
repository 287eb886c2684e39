"""Tests of the chat bots."""
