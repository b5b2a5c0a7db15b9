"""Renderers of a graph as a picture: DOT, picture files, and a tree for terminals."""
