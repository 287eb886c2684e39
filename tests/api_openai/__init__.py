"""Tests of the OpenAI-shaped routes."""
