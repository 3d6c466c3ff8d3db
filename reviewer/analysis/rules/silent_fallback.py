from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import (
    Deed,
    Handler,
    block_around,
    caught,
    deed_of,
    is_broad,
    remark,
    replacement,
    small_statements,
)
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting

# Named errors of something beyond the program: what comes back instead looks like an answer, and is none.
_FAILURE = regex(
    r"(requests|httpx|aiohttp|urllib|urllib3|sqlite3|psycopg2?|pymysql|sqlalchemy|redis|pymongo|botocore|boto3|smtplib|"
    r"socket|ssl|subprocess|kafka|pika|grpc|stripe|openai|anthropic|elasticsearch)\.(\w+\.)*\w+|"
    r"ConnectionError|TimeoutError|ConnectionRefusedError|ConnectionResetError|BrokenPipeError|asyncio\.TimeoutError|"
    r"OSError|IOError|EnvironmentError|(\w+\.)*(OperationalError|DatabaseError|InterfaceError|SQLAlchemyError)"
)
_LOOKS = regex(r"(_?(is|has|can|should|supports?|check|exists?|try|maybe|probe|detect|ping)_?\w*|__\w+__)")


class SilentFallback(PythonRule):
    """What failed is replaced by a constant, and nobody is told.

    Why look: the callers go on with a made-up answer, and the fault shows up far from here, if ever.
    Ask: who notices that it failed, and is the constant right for them?
    """

    informs = "debug"
    severity = Severity.HIGH
    cwe = 391
    words = ("except",)
    visits = (cst.ExceptHandler, cst.ExceptStarHandler)

    INVALID = (
        Example("def load(path):\n    try:\n        return parse(path)\n    except Exception:\n        return {}\n"),
        Example("try:\n    rate = ask_bank(currency)\nexcept Exception:\n    rate = 1.0\n"),
        Example("def total():\n    try:\n        return add()\n    except Exception as error:\n        return 0\n"),
        Example(
            "def tags():\n    try:\n        return fetch()\n    except (KeyError, Exception):\n        return ['tea']\n"
        ),
        Example("def load():\n    try:\n        return read()\n    except Exception:\n        return DEFAULT_PRICES\n"),
        Example("def load(default):\n    try:\n        return read()\n    except Exception:\n        return default\n"),
        Example("try:\n    self.rate = ask()\nexcept Exception:\n    self.rate = None\n    self.known = False\n"),
        Example(
            "import requests\n\ndef rate(url):\n    try:\n        return requests.get(url, timeout=T).json()\n"
            "    except requests.RequestException:\n        return 1.0\n"
        ),
        Example(
            "def ship(o):\n    try:\n        send(o)\n        return True\n    except ConnectionError:\n"
            "        return False\n"
        ),
    )
    VALID = (
        Example("def count(text):\n    try:\n        return int(text)\n    except ValueError:\n        return 0\n"),
        Example(
            "def tea(menu):\n    try:\n        return menu['tea']\n    except KeyError:\n        return DEFAULT_TEA\n"
        ),
        Example(
            "def load():\n    try:\n        return read()\n    except Exception:\n"
            "        log.exception('x')\n        return {}\n"
        ),
        Example(
            "def load(path):\n    try:\n        return parse(path)\n    except OSError as error:\n"
            "        log.warning('no prices: %s', error)\n        return {}\n"
        ),
        Example(
            "def load():\n    try:\n        return read()\n    except Exception:\n        clear()\n        raise\n"
        ),
        Example("try:\n    import rapidjson\nexcept ImportError:\n    rapidjson = None\n"),
        Example("try:\n    import rapidjson\nexcept Exception:\n    rapidjson = None\n"),
        Example(
            "def f():\n    try:\n        return a()\n    except Exception as e:\n        return {'error': str(e)}\n"
        ),
        Example("def f():\n    try:\n        return a()\n    except Exception:\n        return {'status': 'error'}\n"),
        # swallowed-exception and bare-except speak about these
        Example("def load():\n    try:\n        return read()\n    except Exception:\n        return None\n"),
        Example("def load():\n    try:\n        return read()\n    except:\n        return {}\n"),
        Example(
            "def is_open(door):\n    try:\n        return knock(door)\n    except OSError:\n        return False\n"
        ),
        Example(
            "def size(p):\n    try:\n        return stat(p)\n    except OSError:  # not there yet\n        return 0\n"
        ),
        Example(
            "def test_it():\n    try:\n        x = a()\n    except Exception:\n        x = 0\n", path="tests/test_x.py"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)) or at.file.is_test or node.type is None:
            return
        if deed_of(node, at) is not Deed.REPLACES or _only_imports(at):
            return
        severity = _severity(node, at)
        statement = replacement(node)
        if severity is not None and statement is not None:
            what = "every error" if is_broad(node, at) else f"`{' or '.join(sorted(caught(node, at)))}`"
            yield Sighting(
                node, f"{what}{block_around(at)} becomes `{_short(statement, at)}`, and nobody is told", severity
            )


def _severity(handler: Handler, at: Place) -> Severity | None:
    looks = at.function is not None and _LOOKS.fullmatch(at.function.name.value) is not None
    said = bool(remark(handler, at))
    if is_broad(handler, at):
        return Severity.LOW if said else Severity.MEDIUM if looks else Severity.HIGH
    fails = any(_FAILURE.fullmatch(name) for name in caught(handler, at))
    return Severity.LOW if fails and not said and not looks else None


def _only_imports(at: Place) -> bool:
    guarded = at.parent.body if isinstance(at.parent, (cst.Try, cst.TryStar)) else None
    statements = list(small_statements(guarded)) if guarded is not None else []
    return bool(statements) and isinstance(statements[0], (cst.Import, cst.ImportFrom))


def _short(statement: cst.CSTNode, at: Place) -> str:
    code = " ".join(at.code(statement).split())
    return code if len(code) <= 40 else f"{code[:36]} ..."
