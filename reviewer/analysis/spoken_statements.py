"""Statements of SQL that programs in other languages put together of texts and values."""

import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.built_text import SPOKEN_RUNNERS, spoken_expressions, texts_before
from reviewer.analysis.finding import Severity
from reviewer.analysis.spoken import Speech, text_of, values_in
from reviewer.analysis.sql import expects_value, statement_of
from reviewer.analysis.template import HOLE
from reviewer.analysis.words import Word

# Lines between a text and the call that runs it.
_NEAR = 20


def filled_statements(speech: Speech) -> Iterator[tuple[int, str, Severity]]:
    """Yield where a statement with values in it begins, each once, with what to say."""
    seen: set[int] = set()
    for owner, words, direct in spoken_expressions(speech):
        text = text_of(words)
        line = next((word.line for word in words if word.is_text), 0)
        if text is None or line in seen or _is_harmless(text, words, speech):
            continue
        seen.add(line)
        runner = direct or _runner(owner, line, speech)
        is_value = any(expects_value(before) for before in texts_before(text))
        entry = speech.outside(words)
        if is_value or runner or entry:
            severity = Severity.HIGH if (is_value or entry) and runner else Severity.MEDIUM
            where = f"the SQL that `{runner}` runs" if runner else f"a SQL {statement_of(text)}"
            yield line, f"`{entry or values_in(words)}` is formatted into {where}", severity


def _runner(owner: str, line: int, speech: Speech) -> str:
    """Return the call nearby that runs what the name holds."""
    name = owner.split(maxsplit=1)[0] if owner else ""
    for call in speech.calls:
        is_near = line <= call.line <= line + _NEAR and SPOKEN_RUNNERS.fullmatch(call.method) is not None
        if is_near and any(word.text == name for argument in call.arguments for word in argument):
            return call.name
    return ""


def _is_harmless(text: str, words: Sequence[Word], speech: Speech) -> bool:
    if HOLE not in text or statement_of(text) is None or speech.is_literal(words):
        return True
    return re.search(r"placeholder|marks", values_in(words), re.IGNORECASE) is not None
