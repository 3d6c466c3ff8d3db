import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting

_NAME = regex(
    r"_*(?:do_|handle_|process_|user_|admin_|api_)?(?:log_?in|sign_?in|authenticate|authori[sz]e|verify_(?:credentials|otp)|"
    r"check_(?:login|credentials)|reset_password|change_password|change_role|grant_\w+|revoke_\w+)(?:_user|_view|_page|_post|_route|_admin)?"
)
_DECIDES = regex(r"passw|pwd|credential|otp|token|hash|role|secret", re.IGNORECASE)
_RECORDS = regex(
    r"\blog|audit|print\(|capture_|signal|\.send\(|notify|record|event|emit|track|history|attempt", re.IGNORECASE
)
_FEWEST = 3


class AuthWithoutLogging(PythonRule):
    """A login or a change of rights leaves no trace in a log.

    Why look: nobody will see that somebody tries one password after the other, or since when somebody was in.
    Ask: where could you look up who logged in, who failed, and from where?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 778
    visits = (cst.FunctionDef,)
    words = ("log", "sign", "auth", "verify_", "check_", "_password", "_role", "grant_", "revoke_")

    INVALID = (
        Example(
            "def login(name, password):\n    user = find(name)\n"
            "    if user is None or not user.check_password(password):\n"
            "        raise Refused\n    session['user'] = user.id\n    return user\n"
        ),
        Example(
            "@app.post('/login')\nasync def log_in(form: Login):\n    user = await find(form.name)\n"
            "    if not verify(form.password, user.password_hash):\n        raise HTTPException(401)\n"
            "    return make(user)\n"
        ),
        Example(
            "def reset_password(token, password):\n    user = users.pop(token, None)\n    if user is None:\n"
            "        return False\n    user.set_password(password)\n    return True\n"
        ),
    )
    VALID = (
        Example(
            "def login(name, password):\n    user = find(name)\n    if not user.check_password(password):\n"
            "        logger.warning('login of %s failed', name)\n        raise Refused\n    return user\n"
        ),
        Example("def login(name, password):\n    return session.login(name, password)\n"),
        Example("def login_url(request):\n    a = 1\n    b = 2\n    return a + b\n"),
        Example(
            "def login(name, password):\n    user = find(name)\n    if not user.check_password(password):\n"
            "        audit('refused', name)\n        raise Refused\n    return user\n"
        ),
        Example(
            "def authenticate(name, password):\n    user = find(name)\n    if not user.check_password(password):\n"
            "        raise Refused\n    return user\n",
            path="tests/users.py",
        ),
        Example(
            "def login(self):\n    page = self.get('/login')\n    self.cookies = page.cookies\n    self.ok = True\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.FunctionDef) or at.file.is_test or at.file.is_example:
            return
        if _NAME.fullmatch(node.name.value.lower()) is None or len(node.body.body) < _FEWEST:
            return
        code = at.code(node.body)
        decorators = "".join(at.code(decorator) for decorator in node.decorators)
        refuses = (
            _DECIDES.search(code) and re.search(r"\bif\b", code) and re.search(r"\braise\b|\breturn\b|abort\(", code)
        )
        if refuses and not _RECORDS.search(re.sub(r"log_?(?:in|out)|logged|catalog|login", "", code + decorators)):
            yield Sighting(node.name, f"`{node.name.value}` decides who gets in and logs nothing")
