"""Outputs of a graph as one straight-line program, which every reader of a graph shares."""
