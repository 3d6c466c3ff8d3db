"""The state of a review and everything that can happen to it. Pure: no clock, no file, no randomness."""
