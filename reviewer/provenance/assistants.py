"""Assistants told by an address, an account or a name, and told apart from people called Claude or Devin."""

import re
from functools import cache

from reviewer.provenance.markers import Assistant, load_markers

_GITHUB = re.compile(r"(?:\d{1,20}\+)?(.{1,100})@users\.noreply\.github\.com", re.ASCII)
_BOT = "[bot]"
_FLAGS = re.IGNORECASE | re.ASCII
_KINDS = r"code|cli|agent|assistant|(?-i:AI)|v?\d+(?:\.\d+)*"


def by_identity(name: str, email: str) -> Assistant | None:
    """Return whose address, account or way to sign this is."""
    name, email = name.strip().lower(), email.strip().lower()
    github = _GITHUB.fullmatch(email)
    login = github[1] if github else None
    for assistant in load_markers().assistant:
        if email in assistant.emails or login in assistant.logins:
            return assistant
        if name.endswith(_BOT) and name in assistant.logins:
            return assistant
        if assistant.suffixes and name.endswith(assistant.suffixes):
            return assistant
    return None


def by_name(name: str, *, can_be_short: bool = False) -> Assistant | None:
    """Return which assistant a name is that of, if it can be no person's.

    `can_be_short` where nothing else is expected there: then "Claude" is enough, as in `Assisted-by: Claude`.
    """
    for assistant in load_markers().assistant:
        unmistakable, short = _patterns(assistant)
        if unmistakable.match(name) or (can_be_short and short.match(name)):
            return assistant
    return None


def names_any(text: str) -> bool:
    """True if the text speaks of an assistant without naming one we know."""
    return _any_assistant().search(text) is not None


@cache
def _any_assistant() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_alternatives(load_markers().words.any_assistant)})\b", re.ASCII)


@cache
def _patterns(assistant: Assistant) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what begins only an assistant's name, and what may also be the first name of a person."""
    names = _alternatives(assistant.names)
    further = "|".join([_KINDS, *map(re.escape, (*assistant.models, *assistant.names))])
    qualified = rf"(?:{names})[\s:/(\[,-]{{1,3}}(?:{further})(?!\w)"
    unmistakable = rf"(?:{_alternatives(assistant.brands)})(?!\w)|{qualified}"
    return re.compile(unmistakable, _FLAGS), re.compile(rf"(?:{names})\s*(?:\Z|[(\[,:;/@])", _FLAGS)


def _alternatives(words: tuple[str, ...]) -> str:
    # An empty alternative would match everything, so nothing to choose from is what never matches.
    return "|".join(map(re.escape, words)) or r"(?!)"
