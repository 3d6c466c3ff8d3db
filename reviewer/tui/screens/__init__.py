"""Screens: the review, the nine points, the sign-off, and the small ones that ask for a word."""
