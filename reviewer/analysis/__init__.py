"""Findings on changed lines, and the rules that make them. Pure: no file, no git, nothing of the change is run."""
