"""Which data from outside reaches an expression, and what counts as a check of it."""

from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.entries import Kind
from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import entry_into, is_checked, is_fixed, shown
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting
from reviewer.analysis.template import called_name


class Here(PythonRule):
    """Keeps what is known of the argument of each `here(...)`."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.Call,)

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, Kind | None, bool]] = []
        self.fixed: list[bool] = []

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Call) and called_name(node) == "here":
            value = node.args[0].value
            entry = entry_into(value, at, lambda part: isinstance(part, cst.Call) and called_name(part) == "basename")
            known = (
                (None, None, False)
                if entry is None
                else (shown(entry.node, at), entry.kind, is_checked(entry, node, at))
            )
            self.seen.append(known)
            self.fixed.append(is_fixed(value, at))
        yield from ()


def look(text: str) -> Here:
    rule = Here()
    list(see(ChangedFile(b"shop/a.py", None, text.encode(), frozenset(range(1, 60)), frozenset()), [rule]))
    return rule


def in_view(body: str, imports: str = "from flask import request") -> Here:
    return look(f"{imports}\n\n\ndef f(a, number: int):\n" + "".join(f"    {line}\n" for line in body.split("\n")))


@pytest.mark.parametrize(
    "body",
    [
        "here(request.args['a'])",
        "here(request.form.get('a', ''))",
        "here(request.get_json()['a'])",
        "b = request.json\nhere(b['a']['b'])",
        "b = request.args['a']\nhere(f'x {b}')",
        "b = request.args['a']\nhere('x %s' % b)",
        "b = request.args['a']\nhere('x {}'.format(b))",
        "b = 'x'\nb += request.args['a']\nhere(b)",
        "b = request.args['a'].strip().lower()\nhere('/' + b)",
        "import os\nb = request.args['a']\nhere(os.path.join('x', b))",
        "here([b for b in request.args.getlist('a')])",
        "for b in request.form:\n    here(b)",
        "b = None\nif a:\n    b = request.args['a']\nhere(b)",
        "here(request.files['a'].filename)",
        "b, c = request.args['a'], 1\nhere(b)",
        "here(str(request.args['a'] or 'x'))",
    ],
)
def test_data_of_a_request_is_followed(body: str) -> None:
    ((_, kind, checked),) = in_view(body).seen

    assert kind is Kind.REMOTE
    assert not checked


@pytest.mark.parametrize(
    "body",
    [
        "here(a)",
        "here(int(request.args['a']))",
        "here(len(request.args))",
        "b = request.args['a']\nb = 'x'\nhere(b)",
        "b = {'x': 1}[request.args['a']]\nhere(b)",
        "b = look_up(request.args['a'])\nhere(b)",
        "import os\nhere(os.path.basename(request.args['a']))",
        "request = make()\nhere(request.x)",
        "here(request.method)",
        "here(request.args['a'].isdigit())",
    ],
)
def test_what_the_function_makes_is_not_from_outside(body: str) -> None:
    ((_, kind, _),) = in_view(body).seen

    assert kind is None


@pytest.mark.parametrize(
    "check",
    [
        "if b not in ALLOWED:\n    abort(400)",
        "if not b.isalnum():\n    return",
        "validate(b)",
        "if not re.fullmatch('[a-z]+', b):\n    raise ValueError",
        "assert b in ('x', 'y')",
        "c = urlparse(b)\nif c.hostname not in HOSTS:\n    abort(400)",
        "if not is_safe_path(b):\n    b = '/'",
    ],
)
def test_a_check_before_the_use_is_seen(check: str) -> None:
    ((_, _, checked),) = in_view(f"b = request.args['a']\n{check}\nhere(b)").seen

    assert checked


@pytest.mark.parametrize(
    "test",
    ["if not b:\n    return", "if b is None:\n    return", "if len(b) > 9:\n    return", "if b == '':\n    return"],
)
def test_a_test_that_limits_nothing_is_no_check(test: str) -> None:
    ((_, _, checked),) = in_view(f"b = request.args['a']\n{test}\nhere(b)").seen

    assert not checked


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("import sys\n\nhere(sys.argv[1])\n", Kind.LOCAL),
        ("here(input('x'))\n", Kind.TYPED),
        ("import os\n\nhere(os.environ['A'])\n", Kind.LOCAL),
        ("p = ArgumentParser()\nargs = p.parse_args()\nhere(args.name)\n", Kind.LOCAL),
        ("name = input('x')\nhere(name)\n", Kind.TYPED),
        ("def f(request):\n    here(request.GET['a'])\n", Kind.REMOTE),
        ("def f(request):\n    here(request.url)\n", None),
        ("from django import x\n\n\ndef f(request):\n    here(request.body)\n", Kind.REMOTE),
        ("@app.route('/<name>')\ndef f(name):\n    here(name)\n", Kind.REMOTE),
        ("@app.route('/<int:name>')\ndef f(name):\n    here(name)\n", None),
        ("@app.get('/x')\ndef f(name: str, db=Depends(get)):\n    here(name)\n", Kind.REMOTE),
        ("@app.get('/x')\ndef f(number: int):\n    here(number)\n", None),
        ("@app.get('/x')\ndef f(db=Depends(get)):\n    here(db.url)\n", None),
        ("@app.post('/x')\ndef f(order: Order):\n    here(order.city)\n", Kind.REMOTE),
        ("class A(RequestHandler):\n    def get(self):\n        here(self.get_argument('a'))\n", Kind.REMOTE),
        ("class A(MethodView):\n    def get(self, name):\n        here(name)\n", Kind.REMOTE),
        ("class A(BaseHTTPRequestHandler):\n    def do_GET(self):\n        here(self.path)\n", Kind.REMOTE),
        ("def handler(event, context):\n    here(event['a'])\n", Kind.REMOTE),
        ("def f(event):\n    here(event['a'])\n", None),
        ("def f(conn):\n    here(conn.recv(10).decode())\n", Kind.REMOTE),
        ("@mcp.tool()\ndef f(path: str):\n    here(path)\n", Kind.REMOTE),
        ("from urllib import request\n\nhere(request.url)\n", None),
        ("import zipfile\n\n\ndef f(z):\n    for name in z.namelist():\n        here(name)\n", Kind.ARCHIVE),
    ],
)
def test_who_chooses_the_value(text: str, kind: Kind | None) -> None:
    assert [seen[1] for seen in look(text).seen] == [kind]


def test_an_entry_is_shown_with_the_field_taken() -> None:
    ((text, _, _),) = in_view("b = request.args.get('a')\nhere(b)").seen

    assert text == "request.args.get('a')"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("here('x' + 'y')", True),
        ("b = 'x'\nhere(f'a {b}')", True),
        ("here(LIMIT)", True),
        ("here(f'{number}')", True),
        ("here(a)", False),
        ("here('x' + a)", False),
        ("b = 'x' if a else 'y'\nhere(b)", True),
        ("b = load()\nhere(b)", False),
        ("here({'a': 'b'}.get(a))", True),
        ("here(request.GET)", False),
        ("here(', '.join(b for b in ('x', 'y')))", True),
    ],
)
def test_what_is_written_in_the_code(body: str, expected: bool) -> None:
    assert in_view(body).fixed == [expected]
