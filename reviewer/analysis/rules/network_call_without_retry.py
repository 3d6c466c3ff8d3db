import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.remote import Remote, remote_call
from reviewer.analysis.rule import Example, PythonRule, Sighting

_RETRIES = regex(rb"retry|retries|tenacity|backoff|stamina|attempts?\b|HTTPAdapter|HTTPTransport", re.IGNORECASE)
_LONGEST_QUOTE = 45


class NetworkCallWithoutRetry(PythonRule):
    """A request is tried once, and a moment's trouble in the network counts as failure.

    Why look: most failed requests would succeed a second later.
    Ask: may this request be sent again, how often, and with how long a pause?
    """

    informs = "debug"
    severity = Severity.INFO
    words = ("get(", "post(", "put(", "patch(", "delete(", "request(", "urlopen", "urlretrieve")
    visits = (cst.Call,)

    INVALID = (
        Example(
            "import requests\n\ndef rate(url):\n    try:\n        return requests.get(url, timeout=LIMIT).json()\n"
            "    except requests.RequestException as error:\n        raise NoRate(url) from error\n"
        ),
        Example(
            "import requests\n\ndef rate(url):\n    a = requests.get(url)\n    a.raise_for_status()\n"
            "    return a.json()\n"
        ),
        Example(
            "import httpx\n\nasync def rates(urls):\n    for url in urls:\n        try:\n            httpx.get(url)\n"
            "        except httpx.HTTPError:\n            log.exception(url)\n"
        ),
    )
    VALID = (
        Example(
            "import requests\nfrom tenacity import retry\n\n@retry\ndef rate(url):\n    a = requests.get(url)\n"
            "    a.raise_for_status()\n    return a.json()\n"
        ),
        Example(
            "import requests\n\ndef rate(url):\n    for attempt in range(3):\n        try:\n"
            "            return requests.get(url).json()\n        except requests.RequestException:\n"
            "            wait(attempt)\n"
        ),
        # unhandled-network-error speaks about this one
        Example("import requests\n\ndef rate(url):\n    return requests.get(url, timeout=LIMIT).json()\n"),
        Example("import requests\n\ndef fetch(url):\n    return requests.get(url, timeout=LIMIT)\n"),
        Example(
            "import requests\n\ndef test_it():\n    try:\n        requests.get(U)\n    except E:\n        a()\n",
            path="tests/test_a.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or at.file.is_example or at.function is None:
            return
        if not at.is_imported(node.func) or remote_call(node, at) is not Remote.REQUEST:
            return
        if _RETRIES.search(at.file.new_text or b"") is not None:
            return
        if any(True for _ in handlers_around(at, node)) or "raise_for_status" in at.code(at.function):
            yield Sighting(node, f"`{_short(node, at)}` is tried once and never again")


def _short(call: cst.Call, at: Place) -> str:
    code = " ".join(at.code(call).split())
    return code if len(code) <= _LONGEST_QUOTE else f"{at.code(call.func)}(...)"
