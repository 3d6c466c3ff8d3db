import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_SETS = frozenset({"set_password", "update_password", "change_password"})
_FIELD = regex(r"(?:\w+_)?(?:password|passwd|pwd|password_?hash|hashed_password|pass_hash|passhash)")
_SELF = regex(r"(?:self\.)?(?:request\.user|current_user|g\.user|user|me|account|member|customer)")
# A link by mail, an administrator or a new account proves in another way who asks.
_OTHERWISE = regex(
    r"reset|forgot|recover|regist|sign_?up|create|add_|invite|initial|admin|staff|activat|seed|migrat|token|import|import_|"
    r"upgrade|rehash|needs_|command",
    re.IGNORECASE,
)
_CONFIRMS = regex(
    r"check_password|check_password_hash|\.verify\(|verify_\w*|authenticate\(|checkpw|compare_digest|old_?password|"
    r"current_?password|oldpassword|[\"'](?:old|current|previous|existing)\w*[\"']|PasswordChangeForm|reauth|fresh|sudo|"
    r"confirm_identity|webauthn|totp|otp|needs_rehash|is_valid\(\)|validate_on_submit",
    re.IGNORECASE,
)
_SIGNED_IN = regex(
    r"login_required|jwt_required|current_user|request\.user|get_jwt_identity|g\.user|Depends\(|Authenticated"
)


class PasswordChangeUnconfirmed(PythonRule):
    """A signed-in user gets a new password without giving the old one.

    Why look: whoever finds an open session, or steals one, then owns the account for good.
    Ask: what proves that it is still the user who sits there?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 620
    visits = (cst.Call, cst.Assign)
    words = ("assword", "passwd", "pwd", "pass_hash", "passhash")

    INVALID = (
        Example(
            "from flask_login import current_user, login_required\n\n\n@app.post('/account/password')\n"
            "@login_required\n"
            "def change_password():\n    current_user.password_hash = hashed(request.form['new'])\n"
            "    db.session.commit()\n"
        ),
        Example(
            "from django.contrib.auth.decorators import login_required\n\n\n@login_required\ndef password(request):\n"
            "    request.user.set_password(request.POST['new'])\n    request.user.save()\n"
        ),
        Example(
            "from fastapi import Depends\n\n\n@router.put('/me/password')\n"
            "def new_password(body: NewPassword, user=Depends(current_user)):\n"
            "    user.hashed_password = hashed(body.password)\n"
        ),
    )
    VALID = (
        Example(
            "from flask_login import current_user, login_required\n\n\n@app.post('/account/password')\n"
            "@login_required\n"
            "def change_password():\n    if not current_user.check_password(request.form['old']):\n        abort(403)\n"
            "    current_user.password_hash = hashed(request.form['new'])\n"
        ),
        Example(
            "from django.contrib.auth.decorators import login_required\n\n\n@login_required\n"
            "def reset(request, token):\n"
            "    request.user.set_password(request.POST['new'])\n"
        ),
        Example(
            "def add_user(name, password):\n    user = User(name)\n    user.set_password(password)\n    return user\n"
        ),
        Example("class User:\n    def set_password(self, password):\n        self.password_hash = hashed(password)\n"),
        Example(
            "from django.contrib.auth.decorators import login_required\n\n\n@login_required\ndef change(request):\n"
            "    form = PasswordChangeForm(request.user, request.POST)\n    if form.is_valid():\n"
            "        request.user.set_password(form.cleaned_data['new'])\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        function = at.function
        if function is None or at.file.is_test:
            return
        owner = _changed(node)
        if owner is None or _SELF.fullmatch(owner) is None or _OTHERWISE.search(function.name.value):
            return
        head = at.code(function).partition(":\n")[0] + " ".join(at.code(each) for each in function.decorators)
        above = at.enclosing(cst.ClassDef)
        code = at.code(function)
        said = code if above is None else f"{code} {' '.join(at.code(base) for base in above.bases)} {above.name.value}"
        if _SIGNED_IN.search(said) is None or _CONFIRMS.search(_without_docstring(function, said)):
            return
        if (above is not None and _OTHERWISE.search(above.name.value)) or re.search(
            r"/(?:reset|forgot|register|signup)", head
        ):
            return
        yield Sighting(node, "a new password is set, and nobody asked for the one before")


def _changed(node: cst.CSTNode) -> str | None:
    """Return whose password is set."""
    match node:
        case cst.Call(func=cst.Attribute(value=owner)) if called_name(node) in _SETS and node.args:
            return dotted_name(owner)
        case cst.Assign(targets=[cst.AssignTarget(cst.Attribute(value=owner, attr=cst.Name(field)))]):
            return dotted_name(owner) if _FIELD.fullmatch(field) else None
        case _:
            return None


def _without_docstring(function: cst.FunctionDef, code: str) -> str:
    docstring = function.get_docstring(clean=False)
    return code.replace(docstring, "") if docstring else code
