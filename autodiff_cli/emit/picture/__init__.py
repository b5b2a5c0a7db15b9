"""A graph as a picture: DOT, rendered files, and a tree for terminals."""
