"""A rule's manual for people: its docstring and its examples."""

from collections.abc import Mapping, Sequence
from textwrap import indent

from reviewer.analysis.manual import Card
from reviewer.analysis.rule import Example, Rule
from reviewer.points import Point
from reviewer.review.model import Disposition

_SHOWN = 3


def explanation(rule: Rule) -> str:
    manual = rule.manual
    parts = [
        f"{rule.slug}  ({rule.severity.value}, informs {rule.point.title}{_weakness(rule)})",
        f"\n{manual.summary}\n\nWhy look: {manual.why}\nAsk: {manual.ask}\n",
        "\nFlagged:\n",
        *_examples(rule.INVALID),
        "Not flagged:\n",
        *_examples(rule.VALID),
        f"Suppress one line, with a reason:  # reviewer: ignore[{rule.slug}] reason\n",
    ]
    return "".join(parts)


def rule_table(cards: Sequence[Card]) -> str:
    """Return a Markdown table of the rules by the point they inform, the gravest first."""
    lines = ["| point | what is looked for |", "|---|---|"]
    for point in Point:
        here = sorted((card for card in cards if card.point is point), key=lambda card: (card.severity.rank, card.slug))
        names = [f"`{card.slug}`{' (only where enabled)' if card.is_optional else ''}" for card in here]
        lines.append(f"| {point.title} | {', '.join(names)} |")
    return "\n".join(lines) + "\n"


def _weakness(rule: Rule) -> str:
    return f", CWE-{rule.cwe}" if rule.cwe is not None else ""


def outcome_words(outcomes: Mapping[Disposition, int]) -> str:
    """Return such as `3 to change, 1 false here`."""
    words = {
        Disposition.NEEDS_CHANGE: "to change",
        Disposition.ACCEPTED_RISK: "accepted",
        Disposition.FALSE_ALARM: "false",
    }
    return ", ".join(f"{outcomes[one]} {word}" for one, word in words.items() if outcomes.get(one)) + " here"


def _examples(examples: tuple[Example, ...]) -> list[str]:
    return [f"\n{_example(example)}\n\n" for example in examples[:_SHOWN]]


def _example(example: Example) -> str:
    """Return the code; with what it was before, and under which name, where that is the point of it."""
    code = indent(example.code.rstrip(), "    ")
    if not example.path.endswith("orders.py"):
        code = f"    {example.path}:\n{code}"
    if example.before is None:
        return code
    return f"    before:\n{indent(example.before.rstrip(), '    ')}\n    after:\n{code}"
