"""Readers of a graph that run it again on numbers of another kind."""
