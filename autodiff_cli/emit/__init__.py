"""Renderers of a graph: each turns it into one kind of text or picture, and none of them prints."""
