"""The command line: one function a sub-command. The only place that prints and sets exit codes."""

from reviewer.cli.main import main

__all__ = ["main"]
