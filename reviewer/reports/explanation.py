"""A rule's manual for people: its docstring and its examples."""

from textwrap import indent

from reviewer.analysis.rule import Example, Rule

_SHOWN = 3


def explanation(rule: Rule) -> str:
    manual = rule.manual
    parts = [
        f"{rule.slug}  ({rule.severity.value}, informs {rule.point.title})",
        f"\n{manual.summary}\n\nWhy look: {manual.why}\nAsk: {manual.ask}\n",
        "\nFlagged:\n",
        *_examples(rule.INVALID),
        "Not flagged:\n",
        *_examples(rule.VALID),
        f"Suppress one line, with a reason:  # reviewer: ignore[{rule.slug}] reason\n",
    ]
    return "".join(parts)


def _examples(examples: tuple[Example, ...]) -> list[str]:
    return [f"\n{indent(example.code.rstrip(), '    ')}\n\n" for example in examples[:_SHOWN]]
