import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around
from reviewer.analysis.handlers import run_nodes
from reviewer.analysis.loops import is_short
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.remote import Remote, remote_call
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_BATCH = regex(
    r"\w*(migrat|import|backfill|export|sync|batch|job|worker|script|etl|load|ingest|process|send|notif|crawl|scrape|"
    r"convert|upload|download|handle|main|run|consume|cron|task|populate|seed)\w*",
    re.IGNORECASE,
)
_SENDS = frozenset({"send_mail", "send_email", "sendmail", "send_message", "send_sms", "upload_file", "upload_fileobj"})
_SENDS_TOO = frozenset({"download_file", "put_object", "publish", "send_notification", "charge"})
_ALL_OR_NOTHING = regex(r"atomic|transaction|begin\(")


class LoopWithoutErrorHandling(PythonRule):
    """One record that fails ends the whole loop.

    Why look: the records behind it are not done, and nobody knows how far it came.
    Ask: should the rest go on, and where is it kept which ones failed?
    """

    informs = "debug"
    severity = Severity.LOW
    cwe = 755
    words = ("for ",)
    visits = (cst.For,)

    INVALID = (
        Example(
            "import requests\n\ndef sync_orders(orders):\n    for order in orders:\n"
            "        requests.post(URL, json=order)\n"
        ),
        Example("def send_reminders(users):\n    for user in users:\n        mailer.send_email(user.address)\n"),
        Example(
            "import requests\n\ndef export(orders):\n    for order in orders:\n"
            "        answer = requests.post(URL, json=order)\n"
            "        answer.raise_for_status()\n"
        ),
        Example("def upload_all(paths, s3):\n    for path in paths:\n        s3.upload_file(path, BUCKET, path)\n"),
    )
    VALID = (
        Example(
            "import requests\n\ndef sync_orders(orders):\n    for order in orders:\n        try:\n"
            "            requests.post(URL, json=order)\n        except requests.RequestException:\n"
            "            log.exception(order)\n"
        ),
        Example("def price_orders(orders):\n    for order in orders:\n        order.total = sum(order.prices)\n"),
        Example("import requests\n\ndef sync():\n    for url in (FIRST, SECOND):\n        requests.post(url)\n"),
        Example(
            "def send_reminders(users):\n    with transaction.atomic():\n        for u in users:\n"
            "            mailer.send_email(u)\n"
        ),
        Example(
            "def send_all(users):\n    try:\n        for user in users:\n            mailer.send_email(user)\n"
            "    except MailError:\n        log.exception('stopped')\n"
        ),
        Example("def test_it():\n    for user in users:\n        mailer.send_email(user)\n", path="tests/test_mail.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.For) or at.file.is_test or at.file.is_example or at.function is None:
            return
        if _BATCH.fullmatch(at.function.name.value) is None or is_short(node) or _is_guarded(node, at):
            return
        call = next(
            (below for below in run_nodes(node.body) if isinstance(below, cst.Call) and _sends(below, at)), None
        )
        if call is not None:
            name = at.code(node.target)
            message = f"the first `{name}` for which `{at.code(call.func)}` fails ends the loop for all behind it"
            yield Sighting(node.target, message)


def _sends(call: cst.Call, at: Place) -> bool:
    if called_name(call) in _SENDS | _SENDS_TOO:
        return isinstance(call.func, cst.Attribute)
    return at.is_imported(call.func) and remote_call(call, at) is Remote.REQUEST


def _is_guarded(loop: cst.For, at: Place) -> bool:
    """True if errors are caught in the loop or around it, or it must be all or nothing."""
    if any(isinstance(below, (cst.Try, cst.TryStar)) for below in run_nodes(loop.body)):
        return True
    if any(True for _ in handlers_around(at, loop)):
        return True
    blocks = [parent for parent in at.parents if isinstance(parent, cst.With)]
    return any(_ALL_OR_NOTHING.search(at.code(item)) for block in blocks for item in block.items)
