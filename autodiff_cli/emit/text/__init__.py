"""Renderers of a graph as text for people: formulas, LaTeX, series."""
