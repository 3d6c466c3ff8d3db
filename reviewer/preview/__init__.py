"""The first hunk on the screen before anything else is loaded: it can be read, and one can move in it.

What cannot be shown faithfully with the standard library alone is not shown; the walk never depends on it.
"""
