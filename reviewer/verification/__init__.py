"""Does a valid sign-off cover this change? Reads only; the same records and objects give the same answer anywhere.

Nothing is imported here: each command loads what it needs.
"""
