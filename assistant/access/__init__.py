"""From who asks to what they may see."""

from assistant.access.principals import principal, scope_of

__all__ = ["principal", "scope_of"]
