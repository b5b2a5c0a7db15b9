"""Renderers of a graph as source code in other languages."""
