"""Values to text others can use: one file an output."""
