"""Evaluate an expression and derivatives for all rows of a table, here or on a cluster."""
