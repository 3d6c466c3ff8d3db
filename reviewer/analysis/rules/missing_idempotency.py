import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import (
    Function,
    Outline,
    code_of,
    dotted,
    inside,
    is_open_ended,
    keyword_of,
    method_of,
    outline_of,
)
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in

_MONEY = regex(
    r"(a?(charge|pay|refund|payout|capture_payment|capture_charge|transfer_funds|transfer_money|send_money|send_payment)"
    r"|(charge|pay|refund)_(card|customer|user|order|payment|invoice|account|bill|amount)|(make|process|submit|execute"
    r"|create|initiate|capture|take)_(payment|charge|refund|payout|transfer)|place_order|create_order)(_async)?"
)
_GATEWAY = regex(
    r"_?(\w+_)?(gateway|payments?|stripe|psp|provider|processor|braintree|adyen|paypal|square|razorpay|bank|billing|wallet"
    r"|payment_\w+|client|api)",
    re.IGNORECASE,
)
_STRIPE = regex(
    r"stripe\.(Charge|PaymentIntent|Refund|Transfer|Payout|Invoice|InvoiceItem|Subscription|Order|SetupIntent)\.(create|acreate)"
)
_MESSAGE = regex(r"(send|deliver|dispatch)_(\w+_)?(email|mail|sms|text_message|push|notification|receipt|invoice)")
_KEY = regex(r"idempot|request_id|dedup|client_token|nonce|transaction_id|reference|order_ref|correlation|unique_key")
# The other side can tell a second payment for the same booking.
_NUMBERED = regex(r"(order|reservation|booking|invoice|transaction|purchase|attempt)(\.|_)(id|pk|uuid|number)$")
_SETTLED = regex(
    r"idempot|dedup|already_|was_sent|is_sent|_sent\b|processed|SETNX|setnx|nx=True|get_or_create|on_conflict"
)
_MONEY_URL = regex(r"/(v\d+/)?(charges?|payments?|refunds?|transfers?|payouts?|payment_intents|orders)/?$")
_BANK = regex(r"bank|pay|wallet|billing|gateway|psp|stripe|ledger|money", re.IGNORECASE)
_MOVES = frozenset(
    {"transfer", "send", "disburse", "withdraw", "deposit", "debit", "credit", "wire", "pay", "book", "create"}
)
_AMOUNT = regex(r"amount|cents|sum|total|money|price|fee", re.IGNORECASE)
_HOOKS = regex(r"\w*(webhook|task|shared_task|receiver|consumer|subscriber|on_message|callback|retry|job|cron)\w*")


class MissingIdempotency(ModuleRule):
    """Money moves, or a message goes out, with no key by which a repeated request is recognised.

    Why look: a client that times out asks again, a queue delivers twice, and the customer pays twice.
    Ask: what tells the other side that this is the same request as before?
    """

    informs = "debug"
    severity = Severity.MEDIUM

    INVALID = (
        Example("def bill(order):\n    gateway.charge(order.card, order.total)\n"),
        Example(
            "import stripe\n\ndef bill(order):\n    stripe.PaymentIntent.create(amount=order.total, currency='eur')\n"
        ),
        Example("class Shop:\n    def undo(self, order):\n        self.payments.refund(order.payment, order.total)\n"),
        Example("def bill(customer, amount):\n    charge_customer(customer, amount)\n"),
        Example(
            "import requests\n\ndef bill(order):\n"
            "    requests.post('https://pay.shop/v1/charges', json=order, timeout=LIMIT)\n"
        ),
        Example("@shared_task\ndef thank(order):\n    send_receipt_email(order.email)\n"),
        Example(
            "def thank(order):\n    for attempt in range(3):\n        try:\n            return send_sms(order.phone)\n"
            "        except OSError:\n            pause(attempt)\n"
        ),
        Example(
            "from celery import shared_task\n\n@shared_task\ndef pay_out(tea, cents):\n"
            "    bank().transfer(to=tea, amount=cents)\n\ndef bank(): ...\n"
        ),
    )
    VALID = (
        Example("@app.post('/orders')\ndef take(body):\n    return keep(body)\n"),
        Example("def f(parcel, depot):\n    depot.transfer(parcel, amount=3)\n"),
        Example("def bill(order):\n    gateway.charge(order.card, order.total, idempotency_key=order.number)\n"),
        Example(
            "import stripe\n\ndef bill(order, key):\n"
            "    stripe.PaymentIntent.create(amount=order.total, idempotency_key=key)\n"
        ),
        Example("def bill(order, request_id):\n    gateway.charge(order.card, order.total, request_id)\n"),
        Example("def bill(order, **options):\n    gateway.charge(order.card, **options)\n"),
        Example("def thank(order):\n    send_receipt_email(order.email)\n"),
        Example("def fill(battery):\n    battery.charge(80)\n    car.transfer(3)\n"),
        Example("def charge(order):\n    return order.total\n"),
        Example(
            "import requests\n\ndef bill(order, key):\n    requests.post(\n"
            "        'https://pay.shop/v1/charges', json=order,\n"
            "        headers={'Idempotency-Key': key}, timeout=LIMIT\n    )\n"
        ),
        Example(
            "def bill(order):\n    if already_charged(order):\n        return\n"
            "    gateway.charge(order.card, order.total)\n"
        ),
        Example(
            "import httpx\n\ndef bill(order, key):\n    said = {'Idempotency-Key': key}\n"
            "    httpx.post('https://pay.shop/charges', json=order, headers=said, timeout=LIMIT)\n"
        ),
        Example("@router.post('/payments')\ndef pay(order):\n    return keep(order)\n"),
        Example("def test_bill(order):\n    gateway.charge(order.card)\n", path="tests/test_bill.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        functions: list[Function] = [*outline.every(ast.FunctionDef), *outline.every(ast.AsyncFunctionDef)]
        routes = {decorator for function in functions for decorator in function.decorator_list}
        for call in outline.added(file, ast.Call):
            if call in routes:
                continue  # `@app.post("/orders")` takes requests and sends none
            severity = _severity(call, outline)
            if severity is not None and not _has_key(call) and not _is_settled(call, outline):
                message = f"`{outline.quote(call)}` sends nothing by which a repeated request is recognised"
                yield LineSighting(outline.line(call), message, severity)


def _severity(call: ast.Call, outline: Outline) -> Severity | None:
    name = method_of(call)
    if _STRIPE.fullmatch(outline.name(call.func)):
        return Severity.MEDIUM
    if _is_transfer(call, name, outline):
        return Severity.MEDIUM
    if _MONEY.fullmatch(name) and (call.args or call.keywords) and outline.function(call) is not None:
        # A function of the shop's own may well keep one order only.
        severity = Severity.LOW if dotted(call.func) in ("place_order", "create_order") else Severity.MEDIUM
        return severity if _is_gateway(call, name, outline) else None
    if name == "post" and _posts_money(call) and not _is_decorator(call, outline):
        return Severity.MEDIUM
    return Severity.LOW if _MESSAGE.fullmatch(name) and _may_run_twice(call, outline) else None


def _is_gateway(call: ast.Call, name: str, outline: Outline) -> bool:
    """True for `gateway.charge(…)` and `charge_customer(…)`; `battery.charge(…)` moves no money."""
    if isinstance(call.func, ast.Name):
        function = outline.function(call)
        return "_" in name or name in ("charge", "refund", "payout") or (function is not None and function.name != name)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    last = dotted(owner).rpartition(".")[2] or (method_of(owner) if isinstance(owner, ast.Call) else "")
    if last == "self":
        return "_" in name
    return _GATEWAY.fullmatch(last) is not None


def _is_transfer(call: ast.Call, name: str, outline: Outline) -> bool:
    """True for `bank.transfer(to=…, amount=…)` in a task or a webhook, which run more than once."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    last = (
        (dotted(owner).rpartition(".")[2] or (method_of(owner) if isinstance(owner, ast.Call) else "")) if owner else ""
    )
    words = {word.arg or "" for word in call.keywords} | {dotted(value).rpartition(".")[2] for value in call.args}
    is_money = _BANK.search(last) is not None and name in _MOVES
    return is_money and any(_AMOUNT.search(word) for word in words) and _may_run_twice(call, outline)


def _posts_money(call: ast.Call) -> bool:
    where = call.args[0] if call.args else keyword_of(call, "url")
    text = code_of(where).strip("f'\"") if where is not None else ""
    return _MONEY_URL.search(text) is not None and "Idempotency" not in code_of(call)


def _is_decorator(call: ast.Call, outline: Outline) -> bool:
    """True for `@router.post("/payments")`, which serves and does not send."""
    return call in getattr(outline.parents.get(call), "decorator_list", ())


def _may_run_twice(call: ast.Call, outline: Outline) -> bool:
    """True in a task or a webhook, which are delivered again, and in a loop that retries."""
    function = outline.function(call)
    decorators = [one.func if isinstance(one, ast.Call) else one for one in getattr(function, "decorator_list", [])]
    if any(_HOOKS.fullmatch(dotted(one).rpartition(".")[2]) for one in decorators):
        return True
    loop: ast.For | ast.While | None = outline.above(call, ast.For)
    loop = loop or outline.above(call, ast.While)
    if loop is None or outline.above(call, ast.Try) is None:
        return False
    return any("attempt" in part or "retr" in part for part in _names(loop))


def _names(loop: ast.For | ast.While) -> list[str]:
    head = loop.target if isinstance(loop, ast.For) else loop.test
    return [node.id.lower() for node in nodes_in(head) if isinstance(node, ast.Name)]


def _has_key(call: ast.Call) -> bool:
    if is_open_ended(call):
        return True
    words = [word.arg or "" for word in call.keywords]
    names = [dotted(node) for node in nodes_in(call) if isinstance(node, (ast.Name, ast.Attribute))]
    texts = [
        str(node.value) for node in nodes_in(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    numbered = (name for name in names if _NUMBERED.search(name.lower()))
    return any(_KEY.search(word.lower()) for word in [*words, *names, *texts]) or any(True for _ in numbered)


def _is_settled(call: ast.Call, outline: Outline) -> bool:
    """True if the function asks somewhere whether it has been done already."""
    function = outline.function(call)
    nodes = inside(function) if function is not None else ()
    names = [dotted(node) for node in nodes if isinstance(node, (ast.Name, ast.Attribute))]
    texts = [str(node.value) for node in inside(function) if isinstance(node, ast.Constant)] if function else []
    if any("idempot" in text.lower() for text in texts):
        return True
    return any(_SETTLED.search(name) for name in names if name)
