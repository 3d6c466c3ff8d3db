import re
import unicodedata
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import LANGUAGES
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.tokens import Token

_TURNS = "\u202a-\u202e\u2066-\u2069"
_MARKS = "\u200e\u200f\u061c"
_UNSEEN = "\u200b\u2060-\u2064\u00ad\u180e\ufeff\u3164\uffa0\u115f\u1160\U000e0000-\U000e007f"
# They join letters of some scripts and parts of emoji, and mean nothing between others.
_JOINERS = "\u200c\u200d"
_SUSPECT = regex(f"[{_TURNS}{_MARKS}{_UNSEEN}{_JOINERS}]")
_TURN = regex(f"[{_TURNS}]")
_RIGHT_TO_LEFT = regex(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Letters of other scripts that look like those of the Latin one.
_TWINS = regex(
    "[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u04bb\u0410\u0412\u0415\u041a\u041c\u041d"
    "\u041e\u0420\u0421\u0422\u0425\u0405\u0406\u0408\u03bf\u03b1\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c"
    "\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0251\u0261\uff21-\uff3a\uff41-\uff5a]"
)
_WORD = regex(r"\w+")
_LATIN = regex(r"[A-Za-z]")
_NOT_ASCII = regex(r"[^\x00-\x7f]")


class TrojanSource(ModuleRule, TokenRule):
    """A character that nobody sees, or that looks like another, makes the code differ from what is shown.

    Why look: an editor then shows other code than the one that runs; a review cannot notice it.
    Ask: who put this character here, and what does the line do without it?
    """

    informs = "security"
    severity = Severity.HIGH
    sees_vendored = True
    cwe = 1007
    languages = frozenset(LANGUAGES.values())

    INVALID = (
        Example("if level != 'guest\u202e \u2066':  # check\u2069\n    allow()\n"),
        Example("const level = 'guest\u202e';\n", path="shop/level.js"),
        Example("/* \u2067 if (isAdmin) \u2066 begin */\n", path="shop/Level.java"),
        Example("word = row['pass\u200bword']\n"),
        Example("def is_\u0430dmin(user):\n    return True\n"),
        Example("func s\u0441ope() {}\n", path="shop/level.go"),
        Example("name = 'tea\u200d'\n"),
        Example("run: echo a\u00adb\n", path="ci.yml"),
        Example("total = 1\u3164\n", path="deploy.sh"),
        Example("text = 'ignore this\U000e0041\U000e0042'\n"),
    )
    VALID = (
        Example("\ufeffname = 'tea'\n"),
        Example("name = '\u05e9\u05dc\u05d5\u05dd'  # \u0447\u0430\u0439\n"),
        Example("family = '\U0001f468\u200d\U0001f469\u200d\U0001f467'\nflag = '\U0001f3f3\ufe0f\u200d\U0001f308'\n"),
        Example("\u0446\u0435\u043d\u0430 = 3\nm\u00e9tier = '\u00b5'\n"),
        Example("word = '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'\nnext = '\u0643\u200f.'\n"),
        Example("table = '\u00ac\u00ad\u00ae'\n"),
        Example("hidden = '\\u202e'\nzero = '\\u200b'\n"),
        Example("const price = '\u041f\u0440\u0438\u0432\u0435\u0442 Alice';\n", path="shop/level.js"),
        Example("text = 'x\u00b2 \u2264 \u03b1\u03b2'\nalpha_\u03b1 = 1\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        return _hidden(file)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        return _hidden(file)


def _hidden(file: ChangedFile) -> Iterator[LineSighting]:
    if file.new_text is None or file.new_text.isascii():
        return
    for number in sorted(file.added):
        line = file.lines[number - 1] if 0 < number <= len(file.lines) else ""
        if line.isascii():
            continue
        found = next((match for match in _SUSPECT.finditer(line) if not _belongs(match, line, number)), None)
        if found is not None:
            yield LineSighting(number, f"{_named(found[0])} stands here: {_effect(found[0])}")
        elif (word := _mixed(line)) is not None:
            twins = " and ".join(_named(twin) for twin in dict.fromkeys(_TWINS.findall(word)[:3]))
            shown = _NOT_ASCII.sub("?", word[:40])
            yield LineSighting(number, f"`{shown}`: the ? is {twins}, which only looks Latin", Severity.MEDIUM)


def _belongs(match: re.Match[str], line: str, number: int) -> bool:
    """True where such a character has its use: a mark at the file's start, joined emoji, scripts that join letters."""
    sign, before, after = match[0], line[: match.start()][-2:], line[match.end() :][:2]
    if sign == "\ufeff":
        return number == 1 and match.start() == 0
    if sign in "\u200c\u200d":
        return _is_joined(before) or _is_joined(after)
    if sign not in "\u200e\u200f\u061c" and not _TURN.match(sign):
        # A table of signs, or prose that is broken into syllables.
        return bool(before and after) and not before[-1].isascii() and not after[0].isascii()
    return sign in "\u200e\u200f\u061c" and _RIGHT_TO_LEFT.search(line) is not None


def _is_joined(near: str) -> bool:
    return any(unicodedata.category(sign) in ("So", "Sk", "Lo", "Mn", "Mc") or sign == "\u2640" for sign in near)


def _mixed(line: str) -> str | None:
    """Return a word that is Latin but for letters that only look so; `alpha_α` says what it is."""
    for match in _WORD.finditer(line):
        word = match[0]
        if word.isascii() or not _TWINS.sub("", word).isascii():
            continue
        if any(_LATIN.search(part) and not part.isascii() for part in word.split("_")):
            return word
        if _LATIN.search(word) and any(len(part) > 2 and not part.isascii() for part in word.split("_")):
            return word
    return None


def _named(sign: str) -> str:
    return f"U+{ord(sign):04X}"


def _effect(sign: str) -> str:
    if _TURN.match(sign):
        return "what follows is shown in another order than it runs"
    return "it cannot be seen, and the text is not what it seems"
