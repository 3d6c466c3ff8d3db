import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, added_line, below, dotted, full_name, tree_of

_LITERAL = regex(r"(?<!\w)([rRbBuUfF]{0,2})(\"{3}|'{3}|\"|')((?:\\.|(?!\2).)*)\2", re.DOTALL)
_UNKNOWN = regex(r"(?<!\\)(?:\\\\)*(\\[^\\'\"abfnrtv0-7xNuU\r\n])")
_TURNED = regex(r"(?<!\\)(?:\\\\)*(\\b|\\[1-9](?!\d))")
_SIGNS = frozenset(chr(number) for number in range(1, 9))
# What a drive's letter and a path leave when its backslashes have become tabs and ends of lines.
_PATH = regex(r"[A-Z]:(?:[\t\n\r\a\b\v\f]\w+|\\\w+){2,}(?:\.\w+)?")
_PATH_END = regex(r"[\t\n\r\a\b\v\f]")
_CALLED = frozenset({"re_path", "RegexValidator", "Regex", "Regexp", "Route", "constr", "Field", "NamedRegex", "regex"})
_OF_FRAMES = frozenset(
    {"contains", "match", "fullmatch", "extract", "extractall", "findall", "count", "replace", "split"}
)
_PATTERNS = regex(r"(\w+_)?(pattern|regexp?|rx|re)s?(_\w+)?", re.IGNORECASE)
_METHODS = frozenset({"sub", "subn"})


class PlainStringEscape(ModuleRule):
    r"""A backslash in a string without `r` makes another sign than the text needs: `\b` is a backspace.

    Why look: the pattern or the path is read without an error, and matches or finds nothing.
    Ask: which signs does this string hold once Python has read it?
    """

    informs = "correctness"
    severity = Severity.HIGH
    words = ("\\",)

    INVALID = (
        Example("import re\n\nTEA = re.compile('\\btea\\b')\n"),
        Example("import re\n\ndef names(words):\n    return re.compile('\\b' + '|'.join(words) + '\\b')\n"),
        Example("import re\n\ndef find(word, text):\n    return re.search(f'\\b{word}\\b', text)\n"),
        Example("import re\n\ndef swap(text):\n    return re.sub(r'(a)(b)', '\\2\\1', text)\n"),
        Example("import re\n\nWORD_PATTERN = '\\b[a-z]+'\n"),
        Example("import re\n\nWORDS = {'tea': '\\btea'}\n\ndef f(text, by):\n    return re.findall(WORDS[by], text)\n"),
        Example("import re\n\nTEA = re.compile('(a|b)')\n\ndef f(text):\n    return TEA.sub('<\\1>', text)\n"),
        Example("def f(frame):\n    return frame.name.str.contains('\\btea\\b')\n"),
        Example("from django.urls import re_path\n\nurls = [re_path('^tea\\b', brew)]\n"),
        Example("STORE = 'C:\\temp\\new\\teas.csv'\n"),
        Example("import re\n\nNUMBER = re.compile('\\d+')\n"),
        Example("SPACE = '''\n\\s+'''\n"),
    )
    VALID = (
        Example("import re\n\nTEA = re.compile(r'\\btea\\b')\n"),
        Example("import re\n\nTEA = re.compile('\\\\btea\\\\b\\n\\t[\\x00-\\x08]')\n"),
        Example("import re\n\ndef swap(text):\n    return re.sub(r'(a)(b)', r'\\2\\1', text) + '\\0'\n"),
        Example("import sys\n\nsys.stdout.write('\\b\\b\\b done')\n"),
        Example("STORE = r'C:\\temp\\new'\nOTHER = 'C:/temp/new'\nTEXT = 'Q:\\nWhat is tea?'\n"),
        Example("BYTES = b'\\x01\\x02\\b'\nSTART = '\\1'\n"),
        Example(
            "import re\n\ndef f(word, text):\n    return re.search(rf'\\b{word}\\s', text), '\\N{EM DASH}', 'it\\'s'\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        look = _Look(source, tree_of(source.tree))
        patterns = look.names_of_patterns()
        seen: set[int] = set()
        for node in look.tree.nodes(ast.Constant, ast.JoinedStr):
            line = added_line(node, source, file)
            if line is None or line in seen or isinstance(look.tree.parents.get(node), ast.JoinedStr):
                continue
            text = look.code(node)
            found = look.fault(node, text, patterns) if "\\" in text else None
            if found is not None:
                seen.add(line)
                yield LineSighting(line, *found)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree

    def code(self, node: ast.expr) -> str:
        """Return what stands in the file from where the literal begins to where it ends."""
        if not isinstance(node, ast.JoinedStr) and not isinstance(getattr(node, "value", None), str):
            return ""
        lines = self.source.lines[node.lineno - 1 : node.end_lineno]
        if not any("\\" in line for line in lines):
            return ""
        if len(lines) == 1:
            return lines[0].encode()[node.col_offset : node.end_col_offset].decode(errors="replace")
        first, last = lines[0].encode()[node.col_offset :], lines[-1].encode()[: node.end_col_offset]
        return "\n".join([first.decode(errors="replace"), *lines[1:-1], last.decode(errors="replace")])

    def fault(self, node: ast.expr, text: str, patterns: frozenset[str]) -> tuple[str, Severity | None] | None:
        plain = [match[3] for match in _LITERAL.finditer(text) if not set(match[1].lower()) & {"r", "b"}]
        value = node.value if isinstance(node, ast.Constant) else ""
        sign = _PATH_END.search(value) if isinstance(value, str) and _PATH.fullmatch(value) else None
        if sign is not None:
            return f"the path holds {sign[0]!r} where a backslash was meant; write `r`", None
        turned = next((match[1] for body in plain for match in _TURNED.finditer(body)), None)
        if turned is not None and self.is_pattern(node, patterns):
            is_group = turned[1:].isdigit()
            what = f"the sign {chr(int(turned[1:]))!r}" if is_group else "a backspace"
            return f"`{turned}` is {what} here, not {'a group' if is_group else 'the edge of a word'}; write `r`", None
        unknown = next((match[1] for body in plain for match in _UNKNOWN.finditer(body)), None)
        if unknown is not None:
            return f"`{unknown}` is no escape that Python knows: a warning now, an error later; write `r`", Severity.LOW
        return None

    def is_pattern(self, node: ast.expr, patterns: frozenset[str]) -> bool:
        """True where the text, or what it becomes a part of, is used as a regular expression or its replacement."""
        inner: ast.AST = node
        for parent in self.tree.above(node):
            match parent:
                case ast.Call() if inner is not parent.func and self.takes_pattern(parent):
                    return True
                case ast.keyword(arg="pattern" | "regex"):
                    return True
                case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                    name = (dotted(target) or "").rpartition(".")[2]
                    return name in patterns or _PATTERNS.fullmatch(name) is not None
                case ast.stmt():
                    return False
            inner = parent
        return False

    def takes_pattern(self, call: ast.Call) -> bool:
        name = full_name(call.func, self.source) or ""
        if name.startswith(("re.", "regex.")) or name.rpartition(".")[2] in _CALLED:
            return True
        match call.func:
            case ast.Attribute(attr=method, value=ast.Attribute(attr="str")) if method in _OF_FRAMES:
                return True
            case ast.Attribute(attr=method) if method in _METHODS:
                return True
        return False

    def names_of_patterns(self) -> frozenset[str]:
        """Return the names that are given to functions of `re`."""
        calls = self.tree.nodes(ast.Call)
        used = [call for call in calls if (full_name(call.func, self.source) or "").startswith("re.")]
        given = [node for call in used for argument in call.args[:2] for node in below(argument)]
        return frozenset(node.id for node in given if isinstance(node, ast.Name))
