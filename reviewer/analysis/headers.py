"""Headers of mails and answers that a program writes as text: which value can end its line and begin another.

Knows no library that builds headers: those refuse line breaks, or fold them.
"""

import re

import libcst as cst

from reviewer.analysis.checked import are_checked
from reviewer.analysis.origin import names_read
from reviewer.analysis.outside import Cleaner, is_fixed
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name, is_for_people, is_part_of_template, template_of

_JOINED = regex(r"""["'](?:\\r)?\\n["']\.join\(""")
_HEAD = regex(
    r"\s*(?P<name>subject|to|from|cc|bcc|reply-to|sender|return-path|location|set-cookie|content-disposition|"
    r"content-type|x-[\w-]+|host|user-agent|referer|cookie|authorization|list-unsubscribe)\s*:[^\r\n]*$",
    re.IGNORECASE,
)
_MAIL = regex(r"^(?:from|to|subject|cc|bcc|reply-to|content-type|mime-version): ", re.IGNORECASE | re.MULTILINE)
_LINES = frozenset(
    {"len", "int", "float", "formataddr", "Header", "make_header", "formatdate", "make_msgid", "format_datetime"}
)
_CLOCK = regex(r"time|date|uuid|token_", re.IGNORECASE)
_OWN = regex(
    r"(?:content_)?(?:length|size|status|code|port|boundary|version|host|hostname|nonce|mime_?type|content_type|etag|"
    r"token|key)"
)


def value_in_head(node: cst.CSTNode, at: Place, cleans: Cleaner) -> tuple[str, cst.BaseExpression] | None:
    """Return the name of a header in a text, with the first value in it that may hold a line break."""
    template = template_of(node) if isinstance(node, cst.BaseExpression) else None
    if template is None or not template.values or is_part_of_template(at) or is_for_people(at):
        return None
    function = at.code(at.function) if at.function is not None else ""
    is_joined = isinstance(at.parent, (cst.Element, cst.Arg)) and _JOINED.search(function) is not None
    for before, value in template.holes:
        head = _HEAD.match(before.rpartition("\n")[2])
        breaks = "\r\n" in template.text or len(_MAIL.findall(template.text)) > 1
        if head is None or not (is_joined or breaks) or is_fixed(value, at, lambda part: _is_line(part, at, cleans)):
            continue
        if not _is_looked_at(value, node, function, at):
            return head["name"], value
    return None


def _is_looked_at(value: cst.BaseExpression, node: cst.CSTNode, function: str, at: Place) -> bool:
    """True if a test limits the value, or looks for line breaks in it."""
    names = frozenset(names_read(value))
    if are_checked(names, node, at):
        return True
    looked = (
        rf"[\"']\\[rn][^\n]*\bin {re.escape(name)}\b|\b{re.escape(name)}\.(?:split|isprintable)\(" for name in names
    )
    return any(re.search(each, function) for each in looked)


def _is_line(node: cst.CSTNode, at: Place, cleans: Cleaner) -> bool:
    """True for numbers, what an escaping call returned, and what a program calls its own."""
    if isinstance(node, cst.Call):
        return cleans(node) or called_name(node) in _LINES or _CLOCK.search(at.code(node)) is not None
    name = (dotted_name(node) or "").rpartition(".")[2]
    return _OWN.fullmatch(name) is not None
