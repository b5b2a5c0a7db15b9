"""The only package that prints: results, errors and progress on a terminal, in a pipe, as JSON."""
