"""Text itself, in English and Chinese: what both ways stand on."""
