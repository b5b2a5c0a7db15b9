"""The language of expressions: from text to a program of calls on the engine."""
