import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.backtracking import can_explode
from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import argument, entry_into, is_checked, makers, shown
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_FUNCTIONS = ("compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split", "template")
_CALLS = frozenset(f"{module}.{name}" for module in ("re", "regex", "re2") for name in _FUNCTIONS)
_FIELDS = frozenset({"RegexValidator", "re_path", "RegexField", "Regexp", "constr", "Field", "Query", "Path", "Regex"})
_PATTERN_KEYS = ("pattern", "regex", "regexp")
_LONGEST_QUOTE = 45


class RegexDos(PythonRule):
    """A regular expression can take exponential time, or a request brings it.

    Why look: some thirty characters of a chosen text can then keep a processor busy for hours.
    Ask: who chooses the text that is matched, and can the repetition be said in one way only?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 1333
    words = (
        *(f"{name}(" for name in _FUNCTIONS), "RegexValidator", "re_path", "RegexField", "Regexp", "pattern=", "regex=",
    )  # fmt: skip
    visits = (cst.Call,)

    INVALID = (
        Example("import re\n\nWORDS = re.compile(r'^(\\w+\\s?)+$')\n"),
        Example(
            "import re\n\n\ndef is_mail(text):\n"
            "    return re.match(r'^([a-zA-Z0-9])(([.-]|_+)?([a-z0-9]+))*@x$', text)\n"
        ),
        Example("import re\n\nNESTED = r'(a+)+$'\n\n\ndef find(text):\n    return re.search(NESTED, text)\n"),
        Example("import re\n\nNUMBER = re.compile('(a|ab|b)*c')\n"),
        Example(
            "import re\nfrom flask import request\n\n\ndef find(text):\n    return re.search(request.args['q'], text)\n"
        ),
        Example(
            "import re\n\n\ndef find(request, names):\n    wanted = re.compile('^' + request.GET['q'])\n"
            "    return [name for name in names if wanted.match(name)]\n"
        ),
        Example("from django.core.validators import RegexValidator\n\ncheck = RegexValidator(regex=r'^([a-z]*)*$')\n"),
    )
    VALID = (
        Example("import re\n\nWORDS = re.compile(r'^\\w+(?:\\s\\w+)*$')\n"),
        Example("import re\n\nPARTS = re.compile(r'(?:[a-z]+\\.)+[a-z]+$')\n"),
        Example('import re\n\nTEXT = re.compile(r\'"(?:[^"\\\\]|\\\\.)*"\')\n'),
        Example("import re\n\nATOMIC = re.compile(r'(?>a+)+$')\nGREEDY = re.compile(r'(?:a++)+$')\n"),
        Example("import re\n\nSHORT = re.compile(r'(?:a+){1,3}$')\n"),
        Example(
            "import re\nfrom flask import request\n\n\ndef find(text):\n"
            "    return re.search(re.escape(request.args['q']), text)\n"
        ),
        Example("import re\n\n\ndef find(pattern, text):\n    return re.search(pattern, text)\n"),
        Example("import re\n\nANY = re.compile(r'(a+)+')\n"),
        Example("import re\n\n\ndef test_slow():\n    assert re.match(r'(a+)+$', 'b')\n", path="tests/test_slow.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        pattern = _pattern(node, at)
        if pattern is None:
            return
        for made in makers(pattern, at):
            text = string_value(made)
            if text is not None and can_explode(text, flags=_flags(node, at), is_full=called_name(node) == "fullmatch"):
                quoted = " ".join(text.split())
                quoted = quoted if len(quoted) <= _LONGEST_QUOTE else f"{quoted[: _LONGEST_QUOTE - 4]} ..."
                yield Sighting(node, f"a text can match a loop of `{quoted}` in exponentially many ways")
                return
        entry = entry_into(pattern, at, _is_escaped)
        if at.name(node.func) in _CALLS and entry is not None and entry.is_remote and not is_checked(entry, node, at):
            yield Sighting(node, f"`{shown(entry.node, at)}` is used as a regular expression")


def _pattern(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    if at.name(call.func) in _CALLS:
        return argument(call, 0, "pattern") if at.is_imported(call.func) else None
    if called_name(call) in _FIELDS:
        given = argument(call, len(call.args), *_PATTERN_KEYS)
        is_first = called_name(call) in ("RegexValidator", "re_path", "RegexField", "Regexp", "Regex")
        return given or (argument(call, 0) if is_first else None)
    return None


def _flags(call: cst.Call, at: Place) -> int:
    """Return the flags that change what a pattern says."""
    code = at.code(call)
    is_verbose = "VERBOSE" in code or "re.X" in code
    return (re.VERBOSE if is_verbose else 0) | (re.DOTALL if "DOTALL" in code or "re.S)" in code else 0)


def _is_escaped(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and called_name(node) == "escape"
