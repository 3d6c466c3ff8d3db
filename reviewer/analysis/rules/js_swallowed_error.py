from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_UNUSED = regex(r"_\w*|ignored?|unused|expected|_")
_NOTHING = regex(r"(return)?(null|undefined|void0|false|true|\[\]|\{\}|\(\{\}\)|\(\[\]\)|0|''|\"\")?;?")
_CLEAN_UP = regex(
    r"(close|cancel|destroy|kill|stop|abort|rm|unlink|remove|end|quit|disconnect|release|terminate|dispose|exitFullscreen|"
    r"cleanup|teardown|unsubscribe|play|pause)"
)
_ERROR_EVENTS = frozenset({"error", "uncaughtException", "unhandledRejection"})
_MOST_TOKENS = 4_000


class JsSwallowedError(TokenRule):
    """A caught error is not used: nobody learns what it was.

    Why look: the failure still happens, but neither the user nor the log hears of it.
    Ask: which error was seen in practice, and who should learn of the next one?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    cwe = 390
    words = ("catch", "err", "Rejection")
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example("try {\n  send(order);\n} catch (error) {\n}\n", path="shop/orders.js"),
        Example("try { send(order) } catch {}\n", path="shop/orders.ts"),
        Example("try { send(order) } catch (error) { return null }\n", path="shop/orders.ts"),
        Example("try { send(order) } catch (error) { console.log('not sent') }\n", path="shop/orders.js"),
        Example("try { send(order) } catch (error) { throw new Error('not sent') }\n", path="shop/orders.js"),
        Example("send(order).catch(() => {});\n", path="shop/orders.js"),
        Example("const rows = await load().catch(() => []);\n", path="shop/orders.ts"),
        Example("send(order).catch(function (error) {});\n", path="shop/orders.js"),
        Example("send(order).catch(error => { setBusy(false) });\n", path="shop/orders.tsx"),
        Example("send(order).catch(noop);\n", path="shop/orders.js"),
        Example("fs.readFile(path, (err, text) => {\n  show(text);\n});\n", path="shop/orders.js"),
        Example("fs.writeFile(path, text, (err) => {\n  show('saved');\n});\n", path="shop/orders.js"),
        Example("line.on('error', () => {});\n", path="shop/orders.js"),
    )
    VALID = (
        Example("fs.writeFile(path, text, (err) => {\n  if (err) show(err);\n});\n", path="shop/orders.js"),
        Example("try { send(order) } catch (error) { console.error('not sent', error) }\n", path="shop/orders.js"),
        Example("try { send(order) } catch (error) { report(`not sent: ${error}`) }\n", path="shop/orders.js"),
        Example("try { send(order) } catch (error) { throw error }\n", path="shop/orders.ts"),
        Example(
            "try { send(order) } catch (error) {\n  // the order is sent again at night\n}\n", path="shop/orders.ts"
        ),
        Example("try { n = JSON.parse(text) } catch (_) { n = 0 }\n", path="shop/orders.js"),
        Example("function f(t) { try { return JSON.parse(t) } catch { return undefined } }\n", path="shop/orders.ts"),
        Example("send(order).catch(error => log.warn(error));\n", path="shop/orders.js"),
        Example("send(order).catch(handleError);\nsend(order).catch(console.error);\n", path="shop/orders.js"),
        Example("await line.close().catch(() => {});\n", path="shop/orders.js"),
        Example(
            "fs.readFile(path, (err, text) => {\n  if (err) throw err;\n  show(text);\n});\n", path="shop/orders.js"
        ),
        Example("// try { send() } catch (e) {}\nconst text = 'catch (e) {}';\n", path="shop/orders.js"),
        Example("try { send() } catch (e) {}\n", path="shop/orders.test.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for index, token in enumerate(tokens):
            if token.is_comment or token.is_string:
                continue
            if token.text == "catch":
                is_method = index > 0 and tokens[index - 1].text in (".", "?.")
                yield from _method(tokens, index) if is_method else _block(tokens, index)
            elif token.text in ("on", "once") and _is_error_event(tokens, index):
                yield from _listener(tokens, index)
            elif token.text in ("err", "error"):
                yield from _callback(tokens, index)


def _block(tokens: Sequence[Token], index: int) -> Iterator[LineSighting]:
    """Report `catch (error) { ... }` whose block does not use the error."""
    names, start = _parameters(tokens, index + 1)
    body, _ = _braced(tokens, start)
    if body is None or any(_UNUSED.fullmatch(name) for name in names):
        return
    code = [token for token in body if not token.is_comment]
    line = tokens[index].line
    if not code:
        if len(code) == len(body):
            yield LineSighting(line, "the error is caught and dropped")
    elif names and not _uses(code, names):
        yield from _unused(names, code, line)


def _unused(names: Sequence[str], code: Sequence[Token], line: int) -> Iterator[LineSighting]:
    text = "".join(token.text for token in code)
    if any(token.text == "throw" for token in code):
        message = f"another error is thrown and `{names[0]}` is lost: no `cause` holds it"
        yield LineSighting(line, message, Severity.LOW)
    else:
        severity = Severity.LOW if "(" in text else None
        yield LineSighting(line, f"`{names[0]}` is caught and never used", severity)


def _method(tokens: Sequence[Token], index: int) -> Iterator[LineSighting]:
    """Report `.catch(() => {})` and its like."""
    inside, _ = _enclosed(tokens, index + 1, "(", ")")
    if inside is None or _cleans_up(tokens, index):
        return
    line = tokens[index].line
    code = [token for token in inside if not token.is_comment]
    text = "".join(token.text for token in code)
    if text in ("noop", "_.noop", "Boolean", "$.noop"):
        yield LineSighting(line, f"`.catch({text})` drops every error")
        return
    names, body = _function(code)
    if body is None or (names and _uses(body, names)) or any(_UNUSED.fullmatch(n) and len(body) > 2 for n in names):
        return
    rest = "".join(token.text for token in body)
    rest = rest[1:-1] if rest.startswith("{") and rest.endswith("}") else rest
    if _NOTHING.fullmatch(rest):
        if len(inside) == len(code):
            yield LineSighting(line, f"`.catch({_short(text)})` drops every error")
    elif names:
        yield LineSighting(line, f"`{names[0]}` is caught and never used", Severity.LOW)


def _listener(tokens: Sequence[Token], index: int) -> Iterator[LineSighting]:
    inside, _ = _enclosed(tokens, index + 1, "(", ")")
    code = [token for token in inside or () if not token.is_comment]
    _, body = _function(code[2:])
    if body is not None and len(code) == len(inside or ()) and "".join(token.text for token in body) == "{}":
        yield LineSighting(tokens[index].line, f"errors reach `{code[0].text}` here and are dropped")


def _is_error_event(tokens: Sequence[Token], index: int) -> bool:
    rest = tokens[index + 1 : index + 4]
    return len(rest) == 3 and rest[0].text == "(" and rest[1].text.strip("'\"`") in _ERROR_EVENTS


def _callback(tokens: Sequence[Token], index: int) -> Iterator[LineSighting]:
    """Report `(err, rows) => { ... }` whose body does not use `err`."""
    if index < 3 or tokens[index - 1].text != "(" or index + 1 >= len(tokens):
        return
    after, is_catch = tokens[index + 1].text, "catch" in (tokens[index - 2].text, tokens[index - 3].text)
    if is_catch or (after != "," and (after != ")" or tokens[index].text != "err")):
        return
    _, end = _enclosed(tokens, index - 1, "(", ")")
    before = tokens[index - 2].text if index > 1 else ""
    is_arrow = end + 1 < len(tokens) and tokens[end + 1].text == "=>"
    body, _ = _braced(tokens, end + 2 if is_arrow else end + 1)
    if body is None or not (is_arrow or before == "function"):
        return
    code = [token for token in body if not token.is_comment]
    if code and not _uses(code, [tokens[index].text]):
        yield LineSighting(
            tokens[index].line, f"`{tokens[index].text}` is never looked at: a failure passes for success"
        )


def _function(code: Sequence[Token]) -> tuple[list[str], Sequence[Token] | None]:
    """Return the parameters and the body of a function given as an argument."""
    texts = [token.text for token in code]
    if texts[:1] == ["async"]:
        code, texts = code[1:], texts[1:]
    if "=>" in texts[:12]:
        arrow = texts.index("=>")
        return [text for text in texts[:arrow] if text.isidentifier()], code[arrow + 1 :]
    if texts[:1] == ["function"] and "{" in texts:
        start = texts.index("{")
        names = [text for text in texts[1:start] if text.isidentifier()]
        return names, code[start:]
    return [], None


def _uses(code: Sequence[Token], names: Sequence[str]) -> bool:
    return any(token.text in names for token in code) or any(
        token.is_string and any(f"${{{name}" in token.text for name in names) for token in code
    )


def _parameters(tokens: Sequence[Token], start: int) -> tuple[list[str], int]:
    """Return the names between parentheses and where they end; none for `catch {`."""
    inside, end = _enclosed(tokens, start, "(", ")")
    if inside is None:
        return [], start
    names = [token.text for token in inside if token.text.isidentifier()]
    # Of `error: unknown`, only the first is a name; of `{ message, code }` all are.
    return (names if inside[:1] and inside[0].text == "{" else names[:1]), end + 1


def _braced(tokens: Sequence[Token], start: int) -> tuple[Sequence[Token] | None, int]:
    return _enclosed(tokens, start, "{", "}")


def _enclosed(tokens: Sequence[Token], start: int, opening: str, closing: str) -> tuple[Sequence[Token] | None, int]:
    """Return what stands between two brackets, the first of which is at `start`, and where the second is."""
    if start >= len(tokens) or tokens[start].text != opening:
        return None, start
    depth = 0
    for index in range(start, min(len(tokens), start + _MOST_TOKENS)):
        if not tokens[index].is_string and not tokens[index].is_comment:
            depth += (tokens[index].text == opening) - (tokens[index].text == closing)
        if depth == 0:
            return tokens[start + 1 : index], index
    return None, start


def _cleans_up(tokens: Sequence[Token], index: int) -> bool:
    """True for `line.close().catch(...)`: what fails there was about to go anyway."""
    depth = 0
    for back in range(index - 2, max(-1, index - 40), -1):
        text = tokens[back].text
        depth += (text == ")") - (text == "(")
        if depth == 0 and text == "(":
            return back > 0 and _CLEAN_UP.fullmatch(tokens[back - 1].text) is not None
    return False


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:26]} ..."
