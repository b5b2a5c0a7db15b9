"""The one room that prints: results, errors and progress on a terminal, in a pipe, or as JSON."""
