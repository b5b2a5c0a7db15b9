"""Germs: how a graph behaves on one side of a point, as series in a small positive step.

`terms` and `germ` define the series, `numbers` their coefficients; `functions`, `elementary` and
`tensors` define operations on germs where they are not regular, `taylor` where they are; `graph`
evaluates a graph on germs, and `reading` reads derivatives and series from the result.
"""
