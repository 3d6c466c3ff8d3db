import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outline import (
    Function,
    Outline,
    code_of,
    dotted,
    inside,
    is_none,
    keyword_of,
    method_of,
    outline_of,
    within,
)
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.spoken_retries import endless_retries
from reviewer.analysis.tokens import Token

_LEAVING = (ast.Return, ast.Break, ast.Raise)
_RETRIES = frozenset({"tenacity.retry", "retry.retry", "retrying.retry", "stamina.retry"})
# The keyword that sets an end, by library; without one these go on for ever.
_ENDS = {
    "tenacity.retry": ("stop",),
    "tenacity.AsyncRetrying": ("stop",),
    "tenacity.Retrying": ("stop",),
    "retry.retry": ("tries",),
    "retrying.retry": ("stop_max_attempt_number", "stop_max_delay", "stop_func", "stop"),
    "backoff.on_exception": ("max_tries", "max_time"),
    "backoff.on_predicate": ("max_tries", "max_time"),
}


class UnboundedRetry(ModuleRule, TokenRule):
    """A failed call is tried again with no limit to how often.

    Why look: an outage of the other side becomes an endless loop here, or a stack that overflows.
    Ask: after how many attempts, or how long, should the caller hear that it failed?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    languages = frozenset({"javascript", "typescript", "go", "java"})
    words = ("except", "catch", "for {", "retry", "backoff", "Retry")

    INVALID = (
        Example("def load(url):\n    try:\n        return fetch(url)\n    except OSError:\n        return load(url)\n"),
        Example(
            "import time\n\ndef load(url):\n    while True:\n        try:\n            return fetch(url)\n"
            "        except OSError:\n            time.sleep(1)\n"
        ),
        Example(
            "async def load(url):\n    while True:\n        try:\n            page = await fetch(url)\n"
            "            break\n"
            "        except OSError as error:\n            log(error)\n            continue\n    return page\n"
        ),
        Example("from tenacity import retry\n\n@retry\ndef load(url):\n    return fetch(url)\n"),
        Example(
            "from tenacity import retry, wait_fixed\n\n@retry(wait=wait_fixed(2))\ndef load(url):\n"
            "    return fetch(url)\n"
        ),
        Example(
            "import backoff\n\n@backoff.on_exception(backoff.expo, OSError)\ndef load(url):\n    return fetch(url)\n"
        ),
        Example(
            "class Shop:\n    def load(self):\n        try:\n            return self.fetch()\n        except OSError:\n"
            "            self.connect()\n            return self.load()\n"
        ),
        Example(
            "def load(url):\n    done = False\n    while not done:\n        try:\n"
            "            fetch(url)\n            done = True\n"
            "        except OSError:\n            pass\n"
        ),
        Example(
            "async function open(url) {\n  while (true) {\n    try {\n      return await connect(url);\n"
            "    } catch (error) {\n"
            "      log(error);\n    }\n  }\n}\n",
            path="shop/open.js",
        ),
        Example(
            "func Open() *Conn {\n\tfor {\n\t\tconn, err := dial()\n\t\tif err == nil {\n\t\t\treturn conn\n\t\t}\n"
            "\t\tlog.Print(err)\n\t}\n}\n",
            path="shop/open.go",
        ),
        Example(
            "class Shop {\n  Conn open() {\n    while (true) {\n      try {\n        return dial();\n"
            "      } catch (IOException e) {\n"
            "        log.warn(e);\n      }\n    }\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example(
            "async function load(url) {\n  try {\n    return await ask(url);\n  } catch (error) {\n"
            "    return load(url);\n  }\n}\n",
            path="shop/load.ts",
        ),
    )
    VALID = (
        Example(
            "async function open(url) {\n  for (let attempt = 1; ; attempt += 1) {\n    try {\n"
            "      return await connect(url);\n"
            "    } catch (error) {\n      if (attempt > MOST) throw error;\n      await sleep(attempt);\n    }\n  }\n"
            "}\n",
            path="shop/open.js",
        ),
        Example(
            "func Serve(l net.Listener) {\n\tfor {\n\t\tconn, err := l.Accept()\n\t\tif err != nil {\n"
            "\t\t\tcontinue\n\t\t}\n"
            "\t\tgo handle(conn)\n\t}\n}\n",
            path="shop/serve.go",
        ),
        Example(
            "async function work(queue) {\n  while (true) {\n    const job = await queue.take();\n    try {\n"
            "      await run(job);\n"
            "    } catch (error) {\n      log(error);\n    }\n  }\n}\n",
            path="shop/work.js",
        ),
        Example(
            "def load(url, left=3):\n    try:\n        return fetch(url)\n    except OSError:\n        if not left:\n"
            "            raise\n        return load(url, left - 1)\n"
        ),
        Example(
            "def load(url):\n    tries = 0\n    while True:\n        try:\n            return fetch(url)\n"
            "        except OSError:\n            tries += 1\n            if tries > 3:\n                raise\n"
        ),
        Example(
            "def serve(jobs):\n    while True:\n        try:\n            run(jobs.get())\n"
            "        except OSError as error:\n"
            "            log(error)\n"
        ),
        Example(
            "from tenacity import retry, stop_after_attempt\n\n@retry(stop=stop_after_attempt(3))\ndef load(url):\n"
            "    return fetch(url)\n"
        ),
        Example(
            "def load(url, tries):\n    for _ in range(tries):\n        try:\n            return fetch(url)\n"
            "        except OSError:\n            pass\n"
        ),
        Example(
            "import time\n\ndef load(url, end):\n    while time.monotonic() < end:\n        try:\n"
            "            return fetch(url)\n"
            "        except OSError:\n            pass\n"
        ),
        Example(
            "def ask():\n    while True:\n        try:\n            return int(input('How many? '))\n"
            "        except ValueError:\n            print('A number, please.')\n"
        ),
        Example(
            "def read(stream):\n    while True:\n        try:\n            return parse(stream)\n"
            "        except EOFError:\n            break\n"
        ),
        Example(
            "def walk(path):\n    try:\n        return parse(path)\n    except OSError:\n"
            "        return walk(path.parent)\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        functions: list[Function] = [*outline.every(ast.FunctionDef), *outline.every(ast.AsyncFunctionDef)]
        for function in functions:
            yield from _decorated(function, outline)
            yield from _recursion(function, outline)
        for loop in outline.added(file, ast.While):
            yield from _loop(loop, outline)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if file.is_test:
            return
        for line, message, severity in endless_retries(blocks_of(file), language_of(file) or ""):
            yield LineSighting(line, message, severity)


def _decorated(function: Function, outline: Outline) -> Iterator[LineSighting]:
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = outline.known(call.func if call is not None else decorator)
        ends = _ENDS.get(name)
        if ends is None or (call is not None and any(word.arg is None for word in call.keywords)):
            continue
        given = [keyword_of(call, word) for word in ends] if call is not None else []
        has_place = call is not None and len(call.args) > 1 and name in ("retry.retry", "tenacity.retry")
        if not has_place and all(value is None or is_none(value) or _is_never(value) for value in given):
            message = f"`@{outline.quote(decorator)}` tries `{function.name}` for ever: it sets no `{ends[0]}`"
            yield LineSighting(outline.line(decorator), message)


def _is_never(value: ast.expr) -> bool:
    return dotted(value).rpartition(".")[2] == "stop_never" or code_of(value) == "-1"


def _recursion(function: Function, outline: Outline) -> Iterator[LineSighting]:
    """Report a function that calls itself from its own handler with the very arguments it was given."""
    names = {argument.arg for argument in nodes_in(function.args) if isinstance(argument, ast.arg)}
    for handler in (node for node in inside(function) if isinstance(node, ast.ExceptHandler)):
        for call in (node for node in nodes_in(handler) if isinstance(node, ast.Call)):
            if dotted(call.func).removeprefix("self.") != function.name or outline.function(call) is not function:
                continue
            given = [*call.args, *(word.value for word in call.keywords)]
            is_same = all(isinstance(one, (ast.Name, ast.Starred)) and _root(one) in names for one in given)
            if is_same and not any(isinstance(node, ast.Raise) for node in nodes_in(handler)):
                message = f"`{outline.quote(call)}` starts over from its own `except`, without counting how often"
                yield LineSighting(outline.line(call), message)


def _root(node: ast.expr) -> str:
    return dotted(node.value if isinstance(node, ast.Starred) else node).partition(".")[0]


def _loop(loop: ast.While, outline: Outline) -> Iterator[LineSighting]:
    """Report `while True` around a `try` that leaves on success and goes on in every handler."""
    attempts = [statement for statement in loop.body if isinstance(statement, (ast.Try, ast.TryStar))]
    if len(attempts) != 1 or _is_for_people(loop, outline):
        return
    attempt = attempts[0]
    flag = _flag(loop.test)
    rest = loop.body[loop.body.index(attempt) + 1 :]
    succeeds = [*attempt.body, *attempt.orelse, *rest]
    is_retry = _leaves(succeeds) if flag == "" else flag is not None and _sets(succeeds, flag)
    if not is_retry or not attempt.handlers or not any(_calls(statement) for statement in attempt.body):
        return
    if any(_may_leave(handler.body) or _counts(handler.body) for handler in attempt.handlers) or _counts(loop.body):
        return
    message = f"this loop tries `{outline.quote(_first_call(attempt.body))}` again and again, with no limit"
    yield LineSighting(outline.line(loop), message)


def _flag(test: ast.expr) -> str | None:
    """Return the variable of `while not done`; empty for `while True`, None for any other test."""
    match test:
        case ast.Constant(value=True | 1):
            return ""
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            return name
        case ast.Name(id=name):
            return name
    return None


def _sets(body: Sequence[ast.stmt], name: str) -> bool:
    return any(
        isinstance(statement, ast.Assign) and any(dotted(target) == name for target in statement.targets)
        for statement in body
    )


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(statement, (ast.Return, ast.Break))
        or (isinstance(statement, (ast.With, ast.AsyncWith)) and _leaves(statement.body))
        for statement in body
    )


def _may_leave(body: Sequence[ast.stmt]) -> bool:
    nodes = within(body)
    exits = ("exit", "abort", "fail", "_exit", "skip")
    return any(
        isinstance(node, _LEAVING) or (isinstance(node, ast.Call) and method_of(node) in exits) for node in nodes
    )


def _counts(body: Sequence[ast.stmt]) -> bool:
    """True if something compares and then leaves: a limit of whatever kind."""
    tests = [node for node in within(body) if isinstance(node, ast.If)]
    compared = [node for node in tests if any(isinstance(part, ast.Compare) for part in nodes_in(node.test))]
    return any(_may_leave(node.body) or _may_leave(node.orelse) for node in compared)


def _calls(statement: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) for node in nodes_in(statement))


def _first_call(body: Sequence[ast.stmt]) -> ast.Call:
    calls = [node for node in within(body) if isinstance(node, ast.Call)]
    awaited = [node.value for node in within(body) if isinstance(node, ast.Await)]
    return next((call for call in awaited if isinstance(call, ast.Call)), calls[0])


def _is_for_people(loop: ast.While, outline: Outline) -> bool:
    """True if a person or a queue is asked again, not a machine that is down."""
    asked = ("input", "prompt", "getpass", "ask", "get", "recv", "accept", "read", "readline", "next", "popleft", "pop")
    names = [method_of(node) for node in inside(loop) if isinstance(node, ast.Call)]
    is_counting = any(method_of(node) == "next" for node in inside(loop) if isinstance(node, ast.Call))
    return is_counting or any(name in asked and name != "get" for name in names) or outline.function(loop) is None
