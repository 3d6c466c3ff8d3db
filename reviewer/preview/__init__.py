"""The first hunk on the screen before anything else is loaded: readable at once, keys follow with the interface.

What cannot be shown faithfully with the standard library alone is not shown; the walk never depends on it.
"""
