"""The rules at work on a Diff: what they need is fetched, what they found once is remembered."""
