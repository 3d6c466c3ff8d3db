"""A person reads a diff, answers for it, and leaves a record that says so."""

__version__ = "0.1.0"
