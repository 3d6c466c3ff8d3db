import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_REQUEST = regex(
    r"(?<!\S)\w+ \. (?:getParameter|getHeader|getQueryString|getRequestURL|getRequestURI|getCookies|getParameterValues|"
    r"getParameterMap|getRemoteUser) \("
)
_REDIRECT = regex(r"(?<!\S)\w+ \. (?:sendRedirect|(?:add|set)Header|header) (?P<open>\()")
_SAFE = regex(
    r"[eE]scape|[eE]ncode|sanitize|htmlEsc|StringEscapeUtils|Jsoup|ESAPI|Integer \. parseInt|Long \. parseLong|valueOf"
)
_VIEW = regex(r'(?<!\S)"(?:redirect|forward):[^"]*" \+ (?P<name>[\w.]+)')
_PARAMETER = r"\b(?:String|URI|URL|Object) (?:\[ \] )?{}(?= [,)])"
_CHECKED = regex(r"startsWith|equals|matches|contains|isValid|validate|allow|ALLOW|getHost")


class ReflectedInput(TokenRule):
    """What a request brings goes back unchecked: as the page to go to or as a header.

    Why look: a link to this site then leads to another, or sets what the browser believes of it.
    Ask: which values are meant to be possible here, and what refuses the others?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 601
    words = ("Redirect", "Header", "redirect:", "forward:")
    languages = frozenset({"java", "kotlin"})

    INVALID = (
        Example('resp.addHeader("Location", req.getParameter("url"));\n', path="shop/Go.java"),
        Example("void go(HttpServletResponse resp, String url) {\n  resp.sendRedirect(url);\n}\n", path="shop/Go.java"),
        Example('return "redirect:" + target;\n', path="shop/Go.java"),
        Example('String n = req.getHeader("n");\nresp.setHeader("X-Name", n);\n', path="shop/Go.java"),
    )
    VALID = (
        Example('String url = "/home";\nresp.sendRedirect(url);\n', path="shop/Go.java"),
        Example('resp.addHeader("Location", "/login");\nreturn "redirect:/home";\n', path="shop/Go.java"),
        Example(
            'String url = req.getParameter("url");\nif (!url.startsWith("/shop/")) return;\nresp.sendRedirect(url);\n',
            path="shop/Go.java",
        ),
        Example('String n = load(id);\nout.println(n);\nresp.setHeader("X-Name", n);\n', path="shop/Go.java"),
        Example('resp.sendRedirect(req.getContextPath() + "/home");\n', path="shop/Go.java"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for line, match in code.find(_REDIRECT):
            yield from _answered(code, line, match)
        for line, match in code.find(_VIEW):
            if not match["name"].isupper() and not _is_checked(code, match["name"], match.start(), _CHECKED):
                yield LineSighting(line, f"`{match['name']}` decides which page is shown next")


def _answered(code: Code, line: int, match: re.Match[str]) -> Iterator[LineSighting]:
    arguments = code.arguments(match.start("open"))
    is_redirect = "sendRedirect" in match[0] or arguments[:1] == ['"Location"']
    value = arguments[-1] if arguments else ""
    if not value or _is_checked(code, value, match.start(), _CHECKED if is_redirect else _SAFE):
        return
    if code.comes_from(_REQUEST, value, match.start()):
        if "sendRedirect" in match[0]:
            return  # open-redirect speaks about it
        what = "is where the visitor is sent" if is_redirect else "becomes a header's value"
        yield LineSighting(line, f"`{shown(value)}` from the request {what}")
    elif is_redirect and re.fullmatch(r"\w+", value) and _is_parameter(code, value, match.start()):
        yield LineSighting(line, f"`{value}` is where the visitor is sent, and nothing here checks it", Severity.LOW)


def _is_parameter(code: Code, name: str, before: int) -> bool:
    near = code.text[max(0, before - 1500) : before]
    return re.search(_PARAMETER.format(re.escape(name)), near) is not None and code.value_of(name, before) is None


def _is_checked(code: Code, text: str, before: int, checks: re.Pattern[str]) -> bool:
    """True if one of the names in the text is checked or escaped near by."""
    if checks is _SAFE and checks.search(text):
        return True
    names = list(re.findall(r"(?<![\w\".])[a-z]\w*", text)[:6])
    given = [code.value_of(name, before) for name in names]
    if any(_SAFE.search(one[0]) for one in given if one is not None):
        return True
    near = code.text[max(0, before - 1500) : before]
    return any(
        re.search(
            rf"(?<!\S)(?:{name} \. (?:{checks.pattern})|"
            rf"\S*(?:{checks.pattern})\S* \([^;{{}}]{{0,200}}?(?<!\S){name}(?!\S))",
            near,
        )
        for name in names
    )
