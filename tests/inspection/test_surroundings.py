"""Rules that ask what else is in the repository get an answer from it."""

from reviewer.analysis.finding import Severity
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job
from tests.scratch import Scratch

_ROUTE = (
    "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.post('/teas')\ndef add():\n    return store.save(1)\n"
)


def _severities(scratch: Scratch, rule: str) -> list[Severity]:
    found = inspect_here(Job(scratch.diff(), scratch.repository))
    return [finding.severity for group in found for finding in group if finding.rule == rule]


def test_a_route_that_asks_nobody_matters_where_somebody_logs_in(scratch: Scratch) -> None:
    scratch.commit({"README.md": "Teas.\n"})
    scratch.write("shop/teas.py", _ROUTE)
    alone = _severities(scratch, "route-without-auth")
    scratch.write("shop/auth.py", "def login(user):\n    return user\n")

    assert alone == [Severity.INFO]
    assert _severities(scratch, "route-without-auth") == [Severity.MEDIUM]
