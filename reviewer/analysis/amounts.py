"""Numbers with their nouns, for messages."""


def amount(number: int, noun: str) -> str:
    """Return `no values`, `1 value`, `2 values`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
