"""Plots of functions and their derivatives: on a terminal, and as PNG, SVG or PDF."""
