import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_FETCHES = frozenset({"get", "aget", "get_object_or_404", "aget_object_or_404", "get_or_404", "first_or_404"})
_FINDS = frozenset({"filter", "filter_by", "where"})
_NUMBERED = regex(r"(?:\w+_)?(?:id|pk|uuid|number|no)")
_MODEL = regex(r"(?:[A-Z][a-z0-9]+)+")
# What belongs to somebody; articles, categories and posts are for all.
_PERSONAL = regex(
    r"Order|Invoice|Payment|Account|Profile|Customer|Document|Message|Note|Address|Ticket|Report|File|Upload|Booking|"
    r"Reservation|Subscription|Card|Prescription|Patient|Record|Contract|Statement|Transaction|Cart|Basket|Conversation|"
    r"Chat|Draft|Attachment|Appointment|Claim|Policy|Loan|Transfer|Wallet|Payslip|Letter|Receipt|Task|Todo|Project|"
    r"Device|Notification|Wish|Diary|Photo|Album|Bill|Shipment|Delivery|Application|Backup|Key|Token|Webhook"
)
_SIGNED_IN = regex(
    r"(?:\w+\.)*(?:login_required|jwt_required|token_required|auth_required|requires_auth|authenticated|require_login|"
    r"require_auth|user_required|fresh_login_required)|LoginRequiredMixin|IsAuthenticated"
)
_STAFF = regex(
    r"admin|staff|permission|role|superuser|scope|manager|operator|agent|editor|moderator|owner|tenant|polic",
    re.IGNORECASE,
)
_WHO = r"(?:current_user|request\.user|g\.\w*user\w*|user|account|customer|member|viewer|principal|identity|me|caller)"
# The user takes part in the search, in a test, or in a call that decides.
_ASKED = regex(
    rf"[!=]=\s*(?:str\(|int\()?(?:self\.)?{_WHO}\b|\b{_WHO}(?:_id|\.\w+)?\)?\s*(?:[!=]=|(?:not )?in\b)|"
    rf"\b(?!\w*_by\b)\w+\s*=\s*(?:self\.)?{_WHO}(?:_id)?(?:\.(?:id|pk))?\s*[,)]|\b{_WHO}\.\w*(?:can|has|is|may|owns)_\w+|"
    rf"\b\w*(?:can|may|check|authori[sz]e|allow|ensure|require|verify|owns?|belongs|assert|permit|access)\w*\([^()\n]*|"
    rf"\b{_WHO}\.\w+(?:_set|s)\b|\b\w*(?:owner|author|tenant|organi[sz]ation)\w*"
)


class ObjectWithoutOwner(PythonRule):
    """A signed-in user asks for a record by its number, and nothing looks whether it is theirs.

    Why look: whoever counts the number up reads and changes what belongs to others.
    Ask: who may see this record, and where does the search say so?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 639
    visits = (cst.Call,)
    words = ("get(", "_404(", "filter", "where(")

    INVALID = (
        Example(
            "from django.contrib.auth.decorators import login_required\n\n\n@login_required\n"
            "def show(request, order_id):\n"
            "    order = get_object_or_404(Order, pk=order_id)\n"
            "    return render(request, 'order.html', {'order': order})\n"
        ),
        Example(
            "from flask_login import login_required\n\n\n@app.get('/invoices/<int:number>')\n@login_required\n"
            "def invoice(number):\n    return page(Invoice.query.get_or_404(number))\n"
        ),
        Example(
            "from fastapi import Depends\n\n\n@router.delete('/notes/{note_id}')\n"
            "def drop(note_id: int, db=Depends(session), user=Depends(current_user)):\n"
            "    note = db.get(Note, note_id)\n"
            "    db.delete(note)\n"
        ),
        Example(
            "from django.contrib.auth.mixins import LoginRequiredMixin\n\n\nclass Letter(LoginRequiredMixin, View):\n"
            "    def get(self, request, pk):\n        return page(Letter.objects.get(pk=pk))\n"
        ),
        Example(
            "from fastapi import Depends\n\n\n@router.get('/bookings/{number}')\n"
            "def booking(number: int, db=Depends(session), _user=Depends(current_user)):\n"
            "    return db.query(Booking).filter(Booking.id == number).first()\n"
        ),
    )
    VALID = (
        Example(
            "from django.contrib.auth.decorators import login_required\n\n\n@login_required\n"
            "def show(request, order_id):\n"
            "    order = get_object_or_404(Order, pk=order_id, buyer=request.user)\n    return page(order)\n"
        ),
        Example(
            "from flask_login import current_user, login_required\n\n\n@app.get('/invoices/<int:number>')\n"
            "@login_required\ndef invoice(number):\n    found = Invoice.query.get_or_404(number)\n"
            "    if found.buyer_id != current_user.id:\n        abort(403)\n    return page(found)\n"
        ),
        Example(
            "from fastapi import Depends\n\n\n@router.get('/notes/{note_id}')\n"
            "def note(note_id: int, db=Depends(session), user=Depends(current_admin)):\n"
            "    return db.get(Note, note_id)\n"
        ),
        Example(
            "from flask_login import login_required\n\n\n@app.get('/teas/<int:number>')\n@login_required\n"
            "def tea(number):\n    return page(Tea.query.get_or_404(number))\n"
        ),
        Example(
            "from fastapi import Depends\n\n\n@router.get('/notes/{note_id}')\n"
            "def note(note_id: int, db=Depends(session), user=Depends(current_user)):\n"
            "    note = db.get(Note, note_id)\n"
            "    check_access(user, note)\n    return note\n"
        ),
        Example(
            "@app.get('/invoices/<int:number>')\ndef invoice(number):\n"
            "    return page(Invoice.query.get_or_404(number))\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        function = at.function
        if not isinstance(node, cst.Call) or function is None or at.file.is_test or not _knows_user(function, at):
            return
        found = _fetched(node)
        if found is None:
            return
        model, number = found
        params = {one.name.value for one in (*function.params.params, *function.params.kwonly_params)}
        is_given = number in params or re.search(rf"\[[\"']{number}[\"']\]", at.code(node)) is not None
        is_changed = any(
            _verb(decorator.decorator) in ("post", "put", "patch", "delete") for decorator in function.decorators
        )
        if not is_given or not (_PERSONAL.search(model) or is_changed):
            return
        body = at.code(function.body)
        docstring = function.get_docstring(clean=False)
        if _ASKED.search(body.replace(docstring, "") if docstring else body) is None:
            yield Sighting(node, f"`{model}` is found by `{number}` alone: nothing asks whose it is")


def _knows_user(function: cst.FunctionDef, at: Place) -> bool:
    """True if the function runs for anybody who is signed in, and only for those."""
    said = [at.code(decorator.decorator) for decorator in function.decorators]
    said += [
        at.code(param)
        for param in (*function.params.params, *function.params.kwonly_params)
        if "Depends" in at.code(param)
    ]
    owner = at.enclosing(cst.ClassDef)
    if owner is not None:
        said += [at.code(base.value) for base in owner.bases]
        said += [
            at.code(line) for line in owner.body.body
            if isinstance(line, cst.SimpleStatementLine) and at.code(line).startswith("permission_classes")
        ]  # fmt: skip
    text = "\n".join(said)
    if _STAFF.search(text.replace("permission_classes", "")) or _STAFF.search(at.file.name):
        return False
    is_brought = re.search(
        r"Depends\(\s*\w*(?:user|customer|member|account|patient|employee|viewer|principal)\w*\s*\)", text
    )
    return is_brought is not None or any(_SIGNED_IN.search(each) for each in said)


def _verb(decorator: cst.BaseExpression) -> str:
    return called_name(decorator) if isinstance(decorator, cst.Call) else ""


def _fetched(call: cst.Call) -> tuple[str, str] | None:
    """Return the model and the name of the number by which alone a record is found."""
    name = called_name(call)
    if name not in _FETCHES and name not in _FINDS:
        return None
    models = [part.value for part in below(call) if isinstance(part, cst.Name) and _MODEL.fullmatch(part.value)]
    if not models:
        return None
    given = [arg for arg in call.args if not (isinstance(arg.value, cst.Name) and _MODEL.fullmatch(arg.value.value))]
    is_search = name in _FINDS
    if len(given) != 1 or (is_search and len(call.args) != 1):
        return None
    value = given[0].value
    if is_search and given[0].keyword is None:
        compared = _compared(value)
        if compared is None:
            return None
        value = compared
    elif given[0].keyword is not None and not _NUMBERED.fullmatch(given[0].keyword.value):
        return None
    names = [each for each in names_read(value) if each not in ("int", "str", "UUID", "self", "kwargs")]
    if (
        len(names) != 1
        or not _NUMBERED.fullmatch(names[0])
        or not isinstance(value, (cst.Name, cst.Call, cst.Subscript))
    ):
        return None
    return models[0], names[0]


def _compared(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return `number` of `Order.id == number`."""
    match node:
        case cst.Comparison(
            left=cst.Attribute(attr=cst.Name(column)), comparisons=[cst.ComparisonTarget(cst.Equal(), right)]
        ):
            return right if _NUMBERED.fullmatch(column) else None
        case _:
            return None
