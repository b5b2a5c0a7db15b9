"""A graph as source code in other languages."""
