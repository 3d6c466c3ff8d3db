from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around
from reviewer.analysis.place import Place
from reviewer.analysis.remote import Remote, remote_call
from reviewer.analysis.rule import Example, PythonRule, Sighting

_LONGEST_QUOTE = 45
# One of these in the function says that somebody has thought of the answer that is no success.
_LOOKS = ("raise_for_status", "status_code", ".ok", ".status", "is_success", "is_error", "error_for_status")


class UnhandledNetworkError(PythonRule):
    """The answer of another machine is used as if it had to be a good one.

    Why look: an answer with status 500 has no such fields, and what fails then names neither address nor status.
    Ask: what should happen here when the other side says no, or says nothing?
    """

    informs = "debug"
    severity = Severity.LOW
    cwe = 755
    words = ("get(", "post(", "put(", "patch(", "delete(", "request(", "urlopen", "urlretrieve")
    visits = (cst.Call,)

    INVALID = (
        Example("import requests\n\ndef rate(url):\n    return requests.get(url, timeout=LIMIT).json()['rate']\n"),
        Example(
            "import requests\n\ndef rate(url):\n    answer = requests.get(url, timeout=LIMIT)\n"
            "    return answer.json()\n"
        ),
        Example(
            "import httpx\n\nasync def ship(order):\n    answer = httpx.post(URL, json=order)\n    return answer.text\n"
        ),
        Example("import requests as r\n\ndef tell(order):\n    r.post(URL, json=order, timeout=LIMIT)\n"),
    )
    VALID = (
        Example(
            "import requests\n\ndef rate(url):\n    a = requests.get(url)\n    a.raise_for_status()\n"
            "    return a.json()\n"
        ),
        Example(
            "import requests\n\ndef rate(url):\n    a = requests.get(url)\n    return a.json() if a.ok else None\n"
        ),
        Example(
            "import requests\n\ndef rate(url):\n    try:\n        return requests.get(url).json()\n"
            "    except requests.RequestException as error:\n        raise NoRate(url) from error\n"
        ),
        Example("import requests\n\ndef fetch(url):\n    return requests.get(url, timeout=LIMIT)\n"),
        Example("import requests\n\ndef test_it():\n    assert requests.get(URL).json()\n", path="tests/test_it.py"),
        Example("def rate(shelf):\n    return shelf.get('rate')\n"),
        Example("import requests\n\ndef rate(url):\n    return check(requests.get(url)).json()\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or at.file.is_example or at.function is None:
            return
        if not at.is_imported(node.func) or remote_call(node, at) is not Remote.REQUEST:
            return
        if any(True for _ in handlers_around(at, node)) or _is_passed_on(at):
            return
        code = at.code(at.function)
        if not any(word in code for word in _LOOKS):
            yield Sighting(node, f"what `{_short(node, at)}` answers is used without a look at its status")


def _is_passed_on(at: Place) -> bool:
    """True if the caller, or a function around the call, gets the whole answer."""
    parent = at.parents[-2] if isinstance(at.parent, cst.Await) else at.parent
    return isinstance(parent, (cst.Return, cst.Arg, cst.Lambda, cst.Yield, cst.WithItem))


def _short(call: cst.Call, at: Place) -> str:
    code = " ".join(at.code(call).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{at.code(call.func)}(...)"
