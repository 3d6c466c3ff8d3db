"""What a rule says of itself, read from its file without importing it: LibCST would cost the interface 0.2 s."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from inspect import cleandoc

from reviewer.analysis.finding import RuleSlug

_SECTION = re.compile(r"^(Why look|Ask): (.+?)(?=\n(?:Why look|Ask): |\Z)", re.MULTILINE | re.DOTALL)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Manual:
    """The docstring of a rule: what it flags, why to look, what to ask."""

    summary: str
    why: str
    ask: str


# Findings of the engine itself have no rule file.
_ENGINE = {
    "does-not-parse": Manual(
        "A file does not parse.",
        "No rule could read it, so no flag in it means nothing.",
        "Does it run at all, and on which version?",
    ),
    "not-inspected": Manual(
        "Only a patch of the file is known.",
        "Rules need the whole text, so no flag in it means nothing.",
        "Can the change be reviewed in its repository?",
    ),
}


def manual_from(docstring: str) -> Manual:
    """Return the parts of a rule's docstring. Raises KeyError if one is missing."""
    text = cleandoc(docstring)
    sections = {match[1]: " ".join(match[2].split()) for match in _SECTION.finditer(text)}
    return Manual(text.partition("\n")[0], sections["Why look"], sections["Ask"])


@cache
def manual_of(slug: RuleSlug) -> Manual | None:
    """Return a rule's manual by its id; None for a rule this version does not have."""
    if slug in _ENGINE:
        return _ENGINE[slug]
    if not _SLUG.fullmatch(slug):
        return None
    file = files("reviewer.analysis.rules").joinpath(f"{slug.replace('-', '_')}.py")
    if not file.is_file():
        return None
    tree = ast.parse(file.read_text("utf-8"))
    docstrings = [ast.get_docstring(node) for node in tree.body if isinstance(node, ast.ClassDef)]
    return next((manual_from(text) for text in docstrings if text and "Why look:" in text), None)
