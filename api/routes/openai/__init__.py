"""OpenAI's shape of a chat."""
