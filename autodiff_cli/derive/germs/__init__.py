"""Germs: how a graph behaves on one side of a point, as series in a small positive step.

`terms` and `germ` hold a series, `numbers` its coefficients; `functions`, `elementary` and
`tensors` say what operations do to germs, `taylor` where they are regular; `graph` runs a graph on
them, and `reading` reads derivatives and series from what comes out.
"""
