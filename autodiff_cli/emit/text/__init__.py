"""A graph as text for people: formulas, LaTeX, series."""
