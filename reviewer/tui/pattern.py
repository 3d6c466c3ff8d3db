"""What one searches for: a text or a regular expression; a capital in it makes case count."""

import re
import warnings
from dataclasses import dataclass, field

from reviewer.errors import ReviewerError
from reviewer.inspection.patience import TookTooLong, at_most
from reviewer.visible import expand_tabs, show

# What marking the matches of one line may cost: a screen has many lines.
_SECONDS_A_LINE = 0.004
# `\S` and `\x4A` are no capitals; `\p` and its like end in one letter.
_ESCAPED = re.compile(r"\\(?:x..|u....|U........|.)", re.DOTALL)


@dataclass(slots=True)
class Pattern:
    """`word` is the text as it is looked for, None for a regular expression."""

    text: str
    is_regex: bool
    ignores_case: bool
    regex: re.Pattern[str]
    word: str | None
    _is_slow: bool = field(default=False, repr=False)

    def spans(self, raw: bytes, shown: str) -> list[tuple[int, int]]:
        """Return where in a line as it is shown the matches in its text stand."""
        text = raw.decode("utf-8", "surrogateescape")
        spans = [match.span() for match in self._matches(text)]
        if shown.startswith(text):
            return spans
        return [(_column(text, start), _column(text, end)) for start, end in spans]

    def _matches(self, text: str) -> list[re.Match[str]]:
        if not self.is_regex:
            return list(self.regex.finditer(text))
        if self._is_slow:
            return []
        try:
            with at_most(_SECONDS_A_LINE):
                return [match for match in self.regex.finditer(text) if match.group()]
        except TookTooLong:
            self._is_slow = True
            return []


def pattern_of(text: str, *, is_regex: bool) -> Pattern:
    """Return the pattern. Raises ReviewerError if the text is no regular expression, and says where it fails."""
    ignores_case = not any(char.isupper() for char in (_ESCAPED.sub("", text) if is_regex else text))
    flags = re.IGNORECASE if ignores_case else re.NOFLAG
    if not is_regex:
        word = text.lower() if ignores_case else text
        return Pattern(text, is_regex, ignores_case, re.compile(re.escape(text), flags), word)
    try:
        with warnings.catch_warnings(action="ignore"):
            return Pattern(text, is_regex, ignores_case, re.compile(text, flags), None)
    except re.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise ReviewerError(f"{error.msg}{where}") from error
    except (OverflowError, RecursionError) as error:
        raise ReviewerError(f"too large an expression ({error})") from error


def _column(text: str, position: int) -> int:
    return len(expand_tabs(show(text[:position])))
