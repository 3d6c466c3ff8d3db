import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_GLOBALS = frozenset({"window", "globalThis", "self", "global"})
_READERS = frozenset({"json", "text", "blob", "arrayBuffer", "formData"})
_CHECKS = frozenset({"ok", "status", "statusText", "redirected"})
_CHECKER = regex(
    r"\w*(check|assert|validate|throwIf|ensure|raise|handleResponse|handleStatus|parseResponse)\w*", re.IGNORECASE
)
_LIMITS = frozenset({"signal", "AbortController", "AbortSignal", "timeout", "setTimeout", "race"})
_LONGEST_FUNCTION = 6_000


class JsFetchUnchecked(TokenRule):
    """The answer to a `fetch` is read without a look at its status, or waited for without a limit.

    Why look: `fetch` rejects only when the network fails; an error page with status 500 is an answer like any other.
    Ask: what does the user see when the server answers 500, or never?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    cwe = 252
    words = ("fetch(",)
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example("async function load() {\n  const r = await fetch(url);\n  return r.json();\n}\n", path="shop/load.js"),
        Example("fetch('/orders').then(r => r.json()).then(show);\n", path="shop/load.js"),
        Example("const load = async () => (await fetch(url)).json();\n", path="shop/load.ts"),
        Example(
            "async function load() {\n  try {\n    const r = await window.fetch(url, { method: 'POST' });\n"
            "    return await r.json();\n  } catch (e) { report(e); }\n}\n",
            path="shop/load.ts",
        ),
        Example(
            "async function load() {\n  const r = await fetch(url);\n  if (!r.ok) throw new Error(r.status);\n"
            "  return r.json();\n}\n",
            path="shop/load.ts",
        ),
    )
    VALID = (
        Example(
            "async function load() {\n  const r = await fetch(url, { signal: AbortSignal.timeout(LIMIT) });\n"
            "  if (!r.ok) throw new Error(r.status);\n  return r.json();\n}\n",
            path="shop/load.js",
        ),
        Example(
            "async function load(signal) {\n  const r = await fetch(url, { signal });\n"
            "  return r.status === 204 ? null : r.json();\n}\n",
            path="shop/load.js",
        ),
        Example(
            "fetch(url, { signal }).then(checkStatus).then(r => r.json()).then(show);\n",
            path="shop/load.js",
        ),
        Example("class Shop {\n  fetch(id) { return this.rows[id].json(); }\n}\n", path="shop/load.js"),
        Example("function fetch(id) { return rows[id].text(); }\n", path="shop/load.js"),
        Example("repository.fetch(id).then(r => r.json());\n", path="shop/load.js"),
        Example("const r = await fetch(url);\nexpect(await r.json()).toEqual({});\n", path="shop/load.test.js"),
        Example("// fetch(url).then(r => r.json())\n", path="shop/load.js"),
        Example("navigator.onLine && fetch('/beacon', { method: 'POST', keepalive: true });\n", path="shop/load.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        code = [token for token in tokens if not token.is_comment]
        for index, token in enumerate(code):
            if token.text == "fetch" and _is_call(code, index):
                yield from _sightings(code, index)


def _sightings(code: Sequence[Token], index: int) -> Iterator[LineSighting]:
    scope = _function_around(code, index)
    words = [token.text for token in scope]
    reads = any(word in _READERS and words[place - 1] in (".", "?.") for place, word in enumerate(words) if place)
    if not reads:
        return
    is_checked = any(word in _CHECKS or _CHECKER.fullmatch(word) for word in words)
    is_limited = any(word in _LIMITS for word in words)
    line = code[index].line
    if not is_checked:
        also = "" if is_limited else ", and there is no `signal` to end the wait"
        yield LineSighting(line, f"the answer is read without a look at `ok` or `status`{also}")
    elif not is_limited:
        message = "`fetch` has no `signal`: it waits as long as the server keeps it waiting"
        yield LineSighting(line, message, Severity.LOW)


def _is_call(code: Sequence[Token], index: int) -> bool:
    """True for a call of the global `fetch`, not for a method or a function of that name."""
    if index + 1 >= len(code) or code[index + 1].text != "(":
        return False
    before = code[index - 1].text if index else ""
    if before in (".", "?."):
        return index > 1 and code[index - 2].text in _GLOBALS
    depth = 0
    for token in code[index + 1 : index + 400]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == "{":
            return False
        if depth == 0 and token.text != ")":
            break
    return before not in ("function", "async", "get", "set", "static")


def _function_around(code: Sequence[Token], index: int) -> Sequence[Token]:
    """Return the tokens of the function the call stands in; at the top of a file, of its statement."""
    start, depth = index, 0
    for back in range(index, max(-1, index - _LONGEST_FUNCTION), -1):
        text = code[back].text
        depth += (text == "}") - (text == "{")
        if depth < 0:
            depth = 0
            if _opens_function(code, back):
                return code[back : _end(code, back)]
        if depth == 0 and text == ";" and start == index:
            start = back
    return code[start : _end_of_statement(code, index)]


def _opens_function(code: Sequence[Token], index: int) -> bool:
    """True for the `{` after `=>` or after the parentheses of a function, not of `if`, `for` and the like."""
    if index == 0 or code[index - 1].text == "=>":
        return index > 0
    depth = 0
    for back in range(index - 1, max(-1, index - 200), -1):
        text = code[back].text
        depth += (text == ")") - (text == "(")
        if depth == 0 and text == "(":
            return back > 0 and code[back - 1].text not in ("if", "for", "while", "switch", "catch", "await", "with")
        if depth == 0 and text in (";", "{", "}", "try", "else", "do", "finally"):
            return False
    return False


def _end(code: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, min(len(code), start + _LONGEST_FUNCTION)):
        depth += (code[index].text == "{") - (code[index].text == "}")
        if depth == 0:
            return index
    return min(len(code), start + _LONGEST_FUNCTION)


def _end_of_statement(code: Sequence[Token], start: int) -> int:
    """Return where the next statement but one ends: `const r = await fetch(url); rows = await r.json();`."""
    ends = [index for index in range(start, min(len(code), start + 400)) if code[index].text == ";"]
    return ends[2] if len(ends) > 2 else min(len(code), start + 400)
