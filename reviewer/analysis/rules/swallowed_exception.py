from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import BROAD, Deed, Handler, caught, deed_of, dropping_action, is_broad, remark
from reviewer.analysis.languages import language_of
from reviewer.analysis.place import Place, keyword
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_EXPECTED = frozenset({"ImportError", "ModuleNotFoundError", "StopIteration", "StopAsyncIteration"})
# Named errors that say that something failed, and not only that something was not there.
_FAILURE = regex(
    r"(\w+\.)*(OSError|IOError|EnvironmentError|RuntimeError|MemoryError|AssertionError|SystemError|EOFError|"
    r"SystemExit|TimeoutError|JSONDecodeError|\w*(Connect|Connection|Request|HTTP|Http|Network|Socket|SSL|SMTP|"
    r"Database|Operational|Integrity|Programming|SQLAlchemy|Client|BotoCore|Redis|Kafka|AMQP|Payment|Subprocess|"
    r"CalledProcess|YAML|Runtime|API|Api|Storage|S3|Transport|Timeout|Protocol|Serialization)\w*"
    r"(Error|Exception|Expired|Failure)|\w*Timeout)|socket\.error"
)
# What is gone through record by record, and what is made of each.
_RECORDS = regex(
    r"\b(row|rows|record|records|DictReader|csv\.reader|fetchall|orders?|payments?|invoices?|transactions?)\b"
)
_CONVERTS = regex(r"\b(int|float|Decimal|strptime|fromisoformat|append|save|create|UUID)\(")
_CANCELLED = frozenset(
    {"asyncio.CancelledError", "asyncio.exceptions.CancelledError", "concurrent.futures.CancelledError"}
    | {"trio.Cancelled", "anyio.get_cancelled_exc_class()", "CancelledError"}
)
_CLEAN_UP = regex(
    r"(close|aclose|kill|terminate|disconnect|shutdown|unlink|remove|rmtree|cancel|release|stop|cleanup|join|rmdir|"
    r"delete|destroy|dispose|flush|wait_closed|quit|logout|unregister|unsubscribe|detach|__exit__|__del__)"
)
_DROPPED = regex(r"ignored?\d*|expected|unused|_+")
_GO_ERRORS = regex(
    r"(strconv|json|os|io|ioutil|http|url|time|filepath|sql|db|tx|xml|yaml|hex|base64|template|net|bufio|rand|exec)\."
    r"(Atoi|Parse\w*|Marshal\w*|Unmarshal\w*|Open\w*|Create\w*|Read\w*|Write\w*|Get|Post\w*|Do|New\w*|Query|Exec|"
    r"Prepare|Begin|Abs|Stat|Decode\w*|Dial\w*|Listen|Copy|Mkdir\w*|Remove\w*|Rename|Hostname|Getwd|LastInsertId)"
)
_GO_HARMLESS = regex(r"(\w+\.)*(Close|Flush|Sync|F?[Pp]rint\w*|Rollback|Write\w*|Setenv|Kill|Stop|Shutdown)")
_MAY_FAIL = frozenset(
    {"grep", "kill", "pkill", "killall", "rm", "rmdir", "umount", "diff", "docker", "read", "which", "command", "test"}
    | {"[", "[[", "stty", "tput", "let", "((", "deactivate", "unset", "wait", "fgrep", "egrep", "expr", "type"}
    | {"delete", "remove", "stop", "down", "disable", "prune", "logout", "uninstall", "shift", "--help"}
)
_GRAVE = regex(r"(IO|SQL|Http|Remote|Timeout|Connect|DataAccess|Interrupted|Socket|Web|Db|PDO)\w*Exception")
_NOTHING = regex(r"(return(null|false|0|-1|\"\"|''|\[\])?|continue|break)")
_BRACED = frozenset({"java", "csharp", "kotlin", "php"})
_CATCH_ALL = frozenset({"Exception", "Throwable", "RuntimeException", "Error", "\\Exception", "\\Throwable"})


class SwallowedException(PythonRule, TokenRule):
    """An exception is caught and dropped.

    Why look: the failure still happens, but nobody will hear of it.
    Ask: which error was seen in practice, and who should learn of the next one?
    """

    informs = "debug"
    severity = Severity.HIGH
    cwe = 390
    words = ("except", "suppress", "gather", "catch", "rescue", "err", ", _", "_ = ", "|| ", "Unmarshal(")
    visits = (cst.ExceptHandler, cst.ExceptStarHandler, cst.Call)
    languages = frozenset({*_BRACED, "go", "ruby", "bash"})

    INVALID = (
        Example("try:\n    send()\nexcept OSError:\n    pass\n"),
        Example("for order in orders:\n    try:\n        ship(order)\n    except Exception:\n        continue\n"),
        Example(
            "def price(tea):\n    try:\n        return ask(tea)\n    except (KeyError, OSError):\n        return None\n"
        ),
        Example("try:\n    send()\nexcept:\n    pass\n"),
        Example("try:\n    send()\nexcept Exception as error:\n    '''not important'''\n    pass\n"),
        Example("try:\n    send()\nexcept* Exception:\n    ...\n"),
        Example("try:\n    send()\nexcept Exception:\n    pass  # never mind\n"),
        Example("import requests\n\ntry:\n    send()\nexcept requests.RequestException:\n    pass\n"),
        Example("from contextlib import suppress\n\nwith suppress(Exception):\n    send()\n"),
        Example(
            "import asyncio\n\nasync def work():\n    while True:\n        try:\n            await step()\n"
            "        except asyncio.CancelledError:\n            log.info('stopped')\n"
        ),
        Example(
            "import asyncio\n\nasync def ship(orders):\n    await asyncio.gather(*orders, return_exceptions=True)\n"
        ),
        Example("try {\n    send(order);\n} catch (Exception e) {\n}\n", path="shop/Orders.java"),
        Example(
            "try {\n    send(order);\n} catch (IOException e) {\n    e.printStackTrace();\n}\n", path="shop/Ship.java"
        ),
        Example("try { Send(order); } catch { }\n", path="shop/Orders.cs"),
        Example("try { load(); } catch (SQLException e) { return null; }\n", path="shop/Orders.java"),
        Example('try { load(); } catch (Exception e) { log.error("failed"); }\n', path="shop/Orders.java"),
        Example("func f() {\n\tjson.Unmarshal(text, &order)\n}\n", path="shop/orders.go"),
        Example("_ = store.Save(order)\n", path="shop/orders.go"),
        Example("count, _ := strconv.Atoi(text)\n", path="shop/orders.go"),
        Example(
            "func save(o Order) error {\n\tif err := store.Put(o); err != nil {\n\t\treturn nil\n\t}\n"
            "\treturn nil\n}\n",
            path="shop/orders.go",
        ),
        Example("begin\n  ship(order)\nrescue StandardError\nend\n", path="shop/orders.rb"),
        Example("price = ask(tea) rescue nil\n", path="shop/orders.rb"),
        Example("./migrate.sh || true\n", path="deploy.sh"),
        Example(
            "from sqlalchemy.exc import SQLAlchemyError\n\ndef keep(session):\n    try:\n        session.commit()\n"
            "    except SQLAlchemyError:\n        session.rollback()\n        return None\n"
        ),
        Example(
            "import csv\n\ndef prices(file):\n    found = {}\n    for row in csv.DictReader(file):\n        try:\n"
            "            found[row['tea']] = int(row['price'])\n        except (KeyError, ValueError):\n"
            "            continue\n    return found\n"
        ),
    )
    VALID = (
        Example(
            "def kinds(words):\n    for word in words:\n        try:\n            found.append(int(word))\n"
            "        except ValueError:\n            continue\n"
        ),
        Example("try:\n    send()\nexcept OSError as error:\n    log(error)\n"),
        Example("try:\n    import rapidjson as json\nexcept ImportError:\n    import json\n"),
        Example("try:\n    import rapidjson\nexcept ImportError:\n    pass\n"),
        Example("try:\n    path.unlink()\nexcept FileNotFoundError:\n    pass  # another worker was faster\n"),
        Example("try:\n    send()\nexcept OSError:\n    raise SendFailed from None\n"),
        Example("try:\n    del cache[key]\nexcept KeyError:\n    pass\n"),
        Example("def number(text):\n    try:\n        return int(text)\n    except ValueError:\n        return None\n"),
        Example(
            "def test_it():\n    try:\n        send()\n    except Exception:\n        pass\n", path="tests/test_it.py"
        ),
        Example(
            "class Shop:\n    def __del__(self):\n        try:\n            self.close()\n"
            "        except Exception:\n            pass\n"
        ),
        Example("from contextlib import suppress\n\nwith suppress(FileNotFoundError):\n    path.unlink()\n"),
        Example(
            "import asyncio\n\nasync def stop(task):\n    task.cancel()\n    try:\n        await task\n"
            "    except asyncio.CancelledError:\n        pass\n"
        ),
        Example(
            "import asyncio\n\nasync def work():\n    try:\n        await step()\n"
            "    except asyncio.CancelledError:\n        await undo()\n        raise\n"
        ),
        Example(
            "import asyncio\n\nasync def f(jobs):\n    done = await asyncio.gather(*jobs, return_exceptions=True)\n"
        ),
        Example('try { send(order); } catch (IOException e) { log.warn("not sent", e); }\n', path="shop/Orders.java"),
        Example(
            "try { stream.close(); } catch (IOException ignored) { }\n"
            "try { n = parse(s); } catch (NumberFormatException e) { /* keeps the old number */ }\n",
            path="shop/Orders.java",
        ),
        Example("if err := store.Put(o); err != nil {\n\treturn nil, err\n}\n", path="shop/orders.go"),
        Example(
            "_ = file.Close()\nvalue, _ := prices[name]\nfor _, order := range orders {\n}\n", path="shop/orders.go"
        ),
        Example("begin\n  ship(order)\nrescue Timeout => e\n  logger.warn(e)\nend\n", path="shop/orders.rb"),
        Example("shop router delete $name || true\nuse_this || use_that || true\n", path="deploy.sh"),
        Example('home="$(find_home 2> /dev/null || true)"\n', path="deploy.sh"),
        Example("grep -q tea menu.txt || true\nmake || exit 1\n# make || true\n", path="deploy.sh"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Call):
            yield from _call(node, at)
        elif isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)):
            yield from _handler(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        language = language_of(file)
        if language in _BRACED:
            yield from _catches(tokens)
        elif language == "go":
            code = [token for token in tokens if not token.is_comment]
            yield from _go(code)
        elif language == "ruby":
            yield from _ruby(tokens)
        else:
            yield from _shell([token for token in tokens if not token.is_comment])


def _call(call: cst.Call, at: Place) -> Iterator[Sighting]:
    name = called_name(call)
    if name == "suppress" and at.name(call.func) == "contextlib.suppress":
        if any(at.name(argument.value) in BROAD for argument in call.args):
            block = at.enclosing(cst.With)
            severity = Severity.LOW if block is not None and _only_cleans_up(block.body) else Severity.HIGH
            yield Sighting(call, f"`{at.code(call)}` drops every error", severity)
    elif name == "gather" and at.name(call.func) == "asyncio.gather":
        given = keyword(call, "return_exceptions")
        is_dropped = isinstance(at.parent, cst.Await) and isinstance(at.parents[-2], cst.Expr)
        if is_dropped and isinstance(given, cst.Name) and given.value == "True" and not _cancels(at):
            message = "nobody looks at what `asyncio.gather(..., return_exceptions=True)` returns: errors are dropped"
            yield Sighting(call, message, Severity.LOW)


def _cancels(at: Place) -> bool:
    return at.function is not None and ".cancel(" in at.code(at.function)


def _handler(handler: Handler, at: Place) -> Iterator[Sighting]:
    if at.function is not None and at.function.name.value == "__del__":
        return
    names = caught(handler, at)
    if names & _CANCELLED:
        yield from _cancellation(handler, names, at)
        return
    action = dropping_action(handler)
    severity = _severity(handler, names, at) if action is not None else None
    if action is None or severity is None:
        return
    what = "every error" if is_broad(handler, at) else " and ".join(f"`{name}`" for name in sorted(names))
    verb = "is" if is_broad(handler, at) or len(names) == 1 else "are"
    yield Sighting(handler, f"{what} {verb} caught and dropped with `{action}`", severity)


def _severity(handler: Handler, names: frozenset[str], at: Place) -> Severity | None:
    said = remark(handler, at)
    if not is_broad(handler, at):
        is_failure = any(_FAILURE.fullmatch(name) for name in names - _EXPECTED)
        is_lost = is_failure or _loses_record(handler, at)
        return Severity.LOW if is_lost and not said and not _only_cleans_up(_guarded(at)) else None
    if _only_imports(_guarded(at)):
        return Severity.LOW if handler.type is None else None
    if said or _only_cleans_up(_guarded(at)):
        return Severity.LOW if handler.type is not None else Severity.MEDIUM
    return Severity.HIGH


def _loses_record(handler: Handler, at: Place) -> bool:
    """True for `continue`, or `pass`, with which a record of a file or a table is left out without a word."""
    loop = at.enclosing(cst.For)
    if loop is None or dropping_action(handler) not in ("continue", "pass"):
        return False
    where = f"{at.code(loop.target)} {at.code(loop.iter)}"
    guarded = _guarded(at)
    is_kept = guarded is not None and _CONVERTS.search(at.code(guarded)) is not None
    return is_kept and _RECORDS.search(where) is not None


def _guarded(at: Place) -> cst.BaseSuite | None:
    return at.parent.body if isinstance(at.parent, (cst.Try, cst.TryStar)) else None


def _only_imports(body: cst.BaseSuite | None) -> bool:
    lines = body.body if body is not None else ()
    return bool(lines) and all(
        isinstance(small, (cst.Import, cst.ImportFrom))
        for line in lines
        for small in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    )


def _only_cleans_up(body: cst.BaseSuite | None) -> bool:
    """True for `connection.close()` and the like: what fails there was about to go anyway."""
    lines = body.body if body is not None else ()
    return bool(lines) and all(
        isinstance(small, cst.Expr) and _cleans_up(small.value)
        for line in lines
        for small in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    )


def _cleans_up(node: cst.BaseExpression) -> bool:
    value = node.expression if isinstance(node, cst.Await) else node
    return isinstance(value, cst.Call) and _CLEAN_UP.fullmatch(called_name(value).lstrip("_")) is not None


def _cancellation(handler: Handler, names: frozenset[str], at: Place) -> Iterator[Sighting]:
    """Report a task that does not stop when it is told to; who cancelled the task itself may wait for it so."""
    if deed_of(handler, at) in (Deed.RAISES, Deed.ENDS, Deed.HANDS_ON) or _cancels(at):
        return
    body = _guarded(at)
    if body is not None and len(body.body) == 1 and at.code(body).startswith(("await ", "pass")):
        inner = at.code(body).removeprefix("await ")
        if inner.replace(".", "").replace("_", "").isalnum():
            return
    name = min(names & _CANCELLED).removesuffix("()")
    yield Sighting(handler, f"`{name}` is caught and not raised again, so the task does not stop", Severity.MEDIUM)


def _catches(tokens: Sequence[Token]) -> Iterator[LineSighting]:
    """Report `catch` blocks that hold nothing, or nothing but `printStackTrace`."""
    for index, token in enumerate(tokens):
        if token.text != "catch":
            continue
        head, body, _ = _block(tokens, index)
        code = [part.text for part in body if not part.is_comment]
        if head and _DROPPED.fullmatch(head[-1].lstrip("$")):
            continue
        yield from _catch(token.line, head, body, code)


def _catch(line: int, head: Sequence[str], body: Sequence[Token], code: Sequence[str]) -> Iterator[LineSighting]:
    takes_all = not head or bool(_CATCH_ALL & set(head))
    what = f"`{head[0]}`" if head else "every error"
    text = "".join(code).rstrip(";")
    if not body:
        yield LineSighting(line, f"{what} is caught and dropped", Severity.HIGH if takes_all else Severity.MEDIUM)
    elif text.endswith(".printStackTrace()") and text.count("(") == 1:
        yield LineSighting(line, f"{what} is only printed with `printStackTrace()`", Severity.MEDIUM)
    elif len(code) < len(body) or not (takes_all or _GRAVE.search(head[0])):
        return
    elif _NOTHING.fullmatch(text):
        severity = Severity.HIGH if takes_all else Severity.MEDIUM
        yield LineSighting(line, f"{what} is caught and dropped with `{' '.join(code).rstrip(' ;')}`", severity)
    elif takes_all and head and head[-1] not in code and not {"throw", "throws", "exit", "fail"} & set(code):
        yield LineSighting(line, f"{what} is caught and `{head[-1]}` never used", Severity.LOW)


def _block(tokens: Sequence[Token], index: int) -> tuple[list[str], list[Token], int]:
    """Return the words between `(` and `)` after a keyword, the tokens between `{` and `}`, and where they end."""
    head: list[str] = []
    index += 1
    while index < len(tokens) and tokens[index].text not in ("{", "}", ";", "{}"):
        text = tokens[index].text
        if text not in ("(", ")", "when", "final", "|") and not tokens[index].is_comment:
            head.append(text.strip())
        index += 1
    if index < len(tokens) and tokens[index].text == "{}":
        return head, [], index
    depth, body = 0, list[Token]()
    while index < len(tokens):
        depth += tokens[index].text.count("{") - tokens[index].text.count("}")
        if depth <= 0:
            break
        body.append(tokens[index])
        index += 1
    return head, body[1:], index


def _go(tokens: Sequence[Token]) -> Iterator[LineSighting]:
    for index, token in enumerate(tokens):
        after = [part.text for part in tokens[index + 1 : index + 12]]
        if token.text == "_" and after[:1] in (["="], [":="]):
            before = tokens[index - 1].text if index else ""
            yield from _blank(token.line, "".join(_until(after[1:], "(")), is_second=before == ",")
        elif token.text == "err" and after[:1] == ["!="]:
            body = _go_body(tokens, index)
            if body in ([], ["return"], ["return", "nil"], ["continue"], ["return", "false"]):
                what = f"dropped with `{' '.join(body)}`" if body else "dropped"
                yield LineSighting(token.line, f"`err` is tested and then {what}", Severity.MEDIUM)
        elif token.text == "json" and after[:3] == [".", "Unmarshal", "("] and _starts_line(tokens, index):
            yield LineSighting(token.line, "nobody looks at the error of `json.Unmarshal`", Severity.MEDIUM)


def _blank(line: int, called: str, *, is_second: bool) -> Iterator[LineSighting]:
    """Report `_ = save()` and `n, _ := strconv.Atoi(text)`; the second value is an error only where that is known."""
    if not called.replace(".", "").replace("_", "").isalnum():
        return
    if is_second and _GO_ERRORS.fullmatch(called):
        yield LineSighting(line, f"the error of `{called}` is thrown away with `_`", Severity.MEDIUM)
    elif not is_second and not _GO_HARMLESS.fullmatch(called):
        yield LineSighting(line, f"the error of `{called}` is thrown away with `_`", Severity.LOW)


def _starts_line(tokens: Sequence[Token], index: int) -> bool:
    return index == 0 or tokens[index - 1].line < tokens[index].line


def _until(texts: Sequence[str], end: str) -> list[str]:
    return list(texts[: texts.index(end)]) if end in texts else []


def _go_body(tokens: Sequence[Token], index: int) -> list[str] | None:
    """Return the words of the block after `err != nil`, if the test is that alone."""
    rest = [part.text for part in tokens[index + 1 : index + 9]]
    if len(rest) < 4 or rest[0] != "!=" or rest[1] != "nil" or rest[2] != "{" or "}" not in rest:
        return None
    return rest[3 : rest.index("}")]


def _ruby(tokens: Sequence[Token]) -> Iterator[LineSighting]:
    for index, token in enumerate(tokens):
        if token.text != "rescue":
            continue
        same = [part.text for part in tokens[index + 1 : index + 4] if part.line == token.line]
        starts = index == 0 or tokens[index - 1].line < token.line
        if not starts and same[:1] == ["nil"]:
            yield LineSighting(token.line, "`rescue nil` drops every error of this line", Severity.MEDIUM)
            continue
        rest = [part.text for part in tokens[index + 1 : index + 12] if part.line > token.line]
        if starts and (rest[:1] == ["end"] or rest[:2] == ["nil", "end"]):
            yield LineSighting(token.line, "the error is caught and dropped", Severity.MEDIUM)


def _shell(tokens: Sequence[Token]) -> Iterator[LineSighting]:
    for index, token in enumerate(tokens):
        if token.text.strip() != "||" or index + 1 == len(tokens) or token.is_string:
            continue
        if tokens[index + 1].text.strip() not in ("true", ":"):
            continue
        line = [part.text.strip() for part in tokens[max(0, index - 60) : index] if part.line == token.line]
        # What is only asked for may be missing: `home=$(find_home || true)`.
        is_asked = line.count("$(") > line.count(")") or line.count("`") % 2 == 1
        # One of several will do: `use_this || use_that || true`.
        is_choice = "||" in line
        if line and not is_asked and not is_choice and not _MAY_FAIL & set(line):
            yield LineSighting(
                token.line, f"`|| {tokens[index + 1].text.strip()}` hides that this failed", Severity.LOW
            )
