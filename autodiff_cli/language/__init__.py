"""Text into calls on the engine."""
