"""Widgets: each shows a value it is given and posts what is wished of it."""
