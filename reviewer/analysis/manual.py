"""What a rule says of itself, read from its file without importing it: LibCST would cost whoever asks 0.2 s."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from inspect import cleandoc

from reviewer.analysis.finding import RuleSlug, Severity
from reviewer.analysis.regex import regex
from reviewer.points import Point

_SECTION = regex(r"^(Why look|Ask): (.+?)(?=\n(?:Why look|Ask): |\Z)", re.MULTILINE | re.DOTALL)
_FOLDER = files("reviewer.analysis").joinpath("rules")
_SLUG = regex(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Manual:
    """The docstring of a rule: what it flags, why to look, what to ask."""

    summary: str
    why: str
    ask: str


@dataclass(frozen=True, slots=True)
class Card:
    """A rule at a glance. `weakness` is its number in the Common Weakness Enumeration, if there is one."""

    slug: RuleSlug
    manual: Manual
    severity: Severity
    point: Point
    weakness: int | None = None
    is_optional: bool = False


# Findings of the engine itself have no rule file.
_ENGINE = {
    "does-not-parse": Manual(
        "A file does not parse.",
        "No rule could read it, so no flag in it means nothing.",
        "Does it run at all, and on which version?",
    ),
    "rule-failed": Manual(
        "A rule broke off before it had seen a file.",
        "What else it would have flagged there is not known, and the fault is the rule's, not the code's.",
        "Does the code hold what the rule looks for, and has its fault been reported?",
    ),
    "not-inspected": Manual(
        "No rule has seen a file.",
        "Its text is not known, too large or too slow to read, so no flag in it means nothing.",
        "Can the change be reviewed in its repository?",
    ),
}


def manual_from(docstring: str) -> Manual:
    """Return the parts of a rule's docstring. Raises KeyError if one is missing."""
    text = cleandoc(docstring)
    sections = {match[1]: " ".join(match[2].split()) for match in _SECTION.finditer(text)}
    return Manual(text.partition("\n")[0], sections["Why look"], sections["Ask"])


def manual_of(slug: RuleSlug) -> Manual | None:
    """Return a rule's manual by its id; None for a rule this version does not have."""
    card = card_of(slug)
    return card.manual if card else None


@cache
def card_of(slug: RuleSlug) -> Card | None:
    """Return a rule's card by its id; None for a rule this version does not have."""
    if slug in _ENGINE:
        return Card(slug, _ENGINE[slug], Severity.INFO, Point.VALIDATE)
    if not _SLUG.fullmatch(slug):
        return None
    file = _FOLDER.joinpath(f"{slug.replace('-', '_')}.py")
    if not file.is_file():
        return None
    classes = (node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.ClassDef))
    return next((_card(slug, node, text) for node in classes if "Why look:" in (text := _docstring(node))), None)


@cache
def slugs() -> tuple[RuleSlug, ...]:
    """Return the ids of all rules, sorted."""
    stems = (file.name.removesuffix(".py") for file in _FOLDER.iterdir() if file.name.endswith(".py"))
    return tuple(sorted(RuleSlug(stem.replace("_", "-")) for stem in stems if not stem.startswith("_")))


def _docstring(node: ast.ClassDef) -> str:
    return ast.get_docstring(node) or ""


def _card(slug: RuleSlug, node: ast.ClassDef, docstring: str) -> Card:
    """Read the facts that stand in the class body as plain values."""
    facts = {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    severity, weakness, optional = (facts.get(name) for name in ("severity", "cwe", "is_optional"))
    return Card(
        slug,
        manual_from(docstring),
        Severity[severity.attr] if isinstance(severity, ast.Attribute) else Severity.INFO,
        Point(facts["informs"].value) if isinstance(facts["informs"], ast.Constant) else Point.VALIDATE,
        weakness.value if isinstance(weakness, ast.Constant) and isinstance(weakness.value, int) else None,
        is_optional=isinstance(optional, ast.Constant) and optional.value is True,
    )
