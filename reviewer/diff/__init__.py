"""Files, hunks, lines, edits and their identity. Pure."""
