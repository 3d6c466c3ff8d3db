import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.tokens import Token
from reviewer.analysis.touched import Touched, touched

_DEBUGGERS = frozenset(
    {
        f"{module}.{call}"
        for module in ("pdb", "ipdb", "pudb", "bdb")
        for call in ("set_trace", "post_mortem", "run", "runcall")
    }
    | {
        "breakpoint",
        "sys.breakpointhook",
        "IPython.embed",
        "IPython.start_ipython",
        "code.interact",
        "pdb.pm",
        "pudb.set_trace",
    }
    | {"rpdb.set_trace", "remote_pdb.set_trace", "celery.contrib.rdb.set_trace", "debugpy.breakpoint", "debugpy.listen"}
    | {
        "debugpy.wait_for_client",
        "pydevd.settrace",
        "pydevd_pycharm.settrace",
        "ptvsd.enable_attach",
        "ptvsd.break_into_debugger",
    }
    | {"web_pdb.set_trace", "wdb.set_trace", "builtins.breakpoint", "pdb.Pdb", "epdb.set_trace", "trepan.api.debug"}
)
_DEBUG_MODULES = frozenset(
    {"pdb", "ipdb", "pudb", "rpdb", "wdb", "web_pdb", "epdb", "pydevd", "pydevd_pycharm", "icecream", "q"}
)
_PRINTS = frozenset(
    {"print", "builtins.print", "pprint.pprint", "pprint.pp", "rich.print", "icecream.ic", "devtools.debug"}
)
_SPOKEN_BY = frozenset(
    {"argparse", "click", "typer", "optparse", "fire", "docopt", "cmd", "getopt", "readline", "curses", "invoke"}
)
_SCRIPT = regex(
    r"(^|/)(scripts?|bin|tools?|cli|commands?|management|examples?|benchmarks?|bench|docs|demos?|tasks|"
    r"notebooks|ci|build|dev|"
    r"hack|contrib|migrations)/|(^|/)(__main__|cli|console|main|manage|setup|conftest|noxfile|fabfile|tasks|"
    r"\w*_?(script|cli|demo|bench|benchmark|command|main))\.py$",
    re.IGNORECASE,
)
_SPEAKING = regex(
    r"^_?(main|cli|run_cli|show|print|report|display|dump|usage|help|demo|debug|log|echo|write|render|repl|"
    r"prompt|summar|pretty)|"
    r"_(print|cli|report|usage|help|demo)$|^cmd_|^do_|^test",
    re.IGNORECASE,
)
_FOREIGN_SCRIPT = regex(
    r"(^|/)(scripts?|bin|tools?|cli|cmd|examples?|benchmarks?|docs|demos?|build|ci)/|(^|/)(cli|main|index\.cli|"
    r"gulpfile|webpack)[^/]*$|"
    r"(webpack|rollup|vite|jest|babel|gulp|karma)[\w.]*\.(js|ts|mjs|cjs)$|Main\.java$",
    re.IGNORECASE,
)
_MODULES = regex(
    rb"\b(\w?\w?pdb\w*|web_pdb|remote_pdb|pudb|pydevd\w*|debugpy|ptvsd|pprint|rich|icecream|devtools|IPython|breakpointhook|"
    rb"builtins|trepan|celery|code)\b"
)
_MOST_TOLD = 3
_LONGEST_NAME = 7


class DebugLeftover(ModuleRule, TokenRule):
    """A debugger call or a print is left in code that is no script.

    Why look: a debugger stops the process for good; a print goes where nobody looks, or into someone's output.
    Ask: is it meant to stay, and should it be logged instead?
    """

    informs = "maintain"
    severity = Severity.LOW
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin", "php"})
    words = (
        "print", "pp(", "breakpoint", "set_trace", "settrace", "post_mortem", "interact", "embed", "pdb", "debug",
        "console",
        "Println", "Printf", "var_dump", "print_r", "ic(", "import q", "wdb", "start_ipython",
    )  # fmt: skip

    INVALID = (
        Example("def total(orders):\n    breakpoint()\n    return sum(orders)\n"),
        Example("import pdb\n\ndef total(orders):\n    pdb.set_trace()\n    return sum(orders)\n"),
        Example("from ipdb import set_trace as stop\n\ndef total(orders):\n    stop()\n    return sum(orders)\n"),
        Example("def total(orders):\n    print(orders)\n    return sum(orders)\n"),
        Example("from pprint import pprint\n\ndef total(orders):\n    pprint(orders)\n    return sum(orders)\n"),
        Example("def total(orders):\n    import pdb; pdb.set_trace()\n", path="tests/test_orders.py"),
        Example("function total(orders) {\n  console.log(orders);\n  return 1;\n}\n", path="shop/total.js"),
        Example("function total(orders) {\n  debugger;\n  return 1;\n}\n", path="shop/total.ts"),
        Example("package shop\n\nfunc Total() {\n\tfmt.Println(1)\n}\n", path="shop/total.go"),
        Example("class Total {\n  void go() {\n    System.out.println(1);\n  }\n}\n", path="shop/Total.java"),
        Example(
            "class Tea {\n  void brew() {\n    System.err.println(leaves);\n  }\n}\n",
            path="src/main/java/tea/Tea.java",
        ),
    )
    VALID = (
        Example("class Tool {\n  void go() {\n    System.out.println(1);\n  }\n}\n", path="src/tools/Tool.java"),
        Example("def main():\n    print('done')\n\n\nif __name__ == '__main__':\n    main()\n"),
        Example("import argparse\n\ndef total(orders):\n    print(sum(orders))\n"),
        Example("def total(orders):\n    print(orders)\n", path="scripts/total.py"),
        Example("def total(orders):\n    print(orders)\n", path="tests/test_total.py"),
        Example("def print_report(orders):\n    print(orders)\n"),
        Example("import logging\n\ndef total(orders):\n    logging.debug(orders)\n"),
        Example("def total(orders, file):\n    print(orders, file=file)\n"),
        Example("class Shop:\n    def go(self):\n        self.breakpoint()\n        self.printer.print(1)\n"),
        Example("text = 'breakpoint()'\n# print(1)\n"),
        Example("package main\n\nfunc main() {\n\tfmt.Println(1)\n}\n", path="shop/main.go"),
        Example("try { go(); } catch (error) {\n  console.error(error);\n}\n", path="shop/total.js"),
        Example("console.log('built');\n", path="scripts/build.js"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        nodes = touched(file)
        yield from _imports(nodes, file)
        may_print = file.is_test or _SCRIPT.search(file.name) is not None
        has_modules = _MODULES.search(file.new_text or b"") is not None
        printed = 0
        for call in nodes.of(ast.Call):
            if call.lineno not in file.added:
                continue
            name = _name(call.func, source, has_modules=has_modules)
            if name in _DEBUGGERS:
                yield LineSighting(
                    call.lineno, f"`{ast.unparse(call.func)}()` stops here for a debugger", Severity.HIGH
                )
            elif name in _PRINTS and not may_print and not _is_speaking(call, nodes) and not _is_script(source):
                # After a few, a file has made its point.
                severity = Severity.LOW if printed < _MOST_TOLD else Severity.INFO
                printed += 1
                yield LineSighting(call.lineno, f"`{_short(call)}` in code that is no script", severity)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        code = [token for token in tokens if not token.is_comment]
        may_print = file.is_test or file.is_example or _FOREIGN_SCRIPT.search(file.name) is not None
        language = language_of(file)
        texts = [token.text for token in code]
        if language == "go" and "package main" in " ".join(texts[:6]):
            may_print = True
        for number, token in enumerate(code):
            if token.is_string:
                continue
            words = texts[number : number + _LONGEST_NAME]
            if (
                token.text == "debugger"
                and language in ("javascript", "typescript")
                and texts[number - 1 : number] != ["."]
            ):
                yield LineSighting(token.line, "`debugger` stops here for a debugger", Severity.HIGH)
            elif not may_print and (shown := _foreign_print(words, texts[max(0, number - 1) : number])):
                yield LineSighting(token.line, f"`{shown}` in code that is no script")


def _imports(nodes: Touched, file: ChangedFile) -> Iterator[LineSighting]:
    """Yield imports of debuggers that are not followed by their call on the same line."""
    imported = [(alias.lineno, alias.name) for node in nodes.of(ast.Import) for alias in node.names]
    imported += [(node.lineno, node.module or "") for node in nodes.of(ast.ImportFrom) if not node.level]
    for line, name in imported:
        if name.partition(".")[0] in _DEBUG_MODULES and line in file.added and "set_trace" not in file.lines[line - 1]:
            yield LineSighting(line, f"`{name}` is a debugger", Severity.MEDIUM)


def _name(func: ast.expr, source: Source, *, has_modules: bool) -> str:
    """Return what is called; imports are resolved only where a module of that kind is named at all."""
    if isinstance(func, ast.Name) and func.id in ("print", "breakpoint"):
        return func.id
    if not has_modules or not isinstance(func, (ast.Name, ast.Attribute)):
        return ""
    first, _, rest = ast.unparse(func).partition(".")
    origin = source.imports.get(first, first)
    if rest and first not in source.imports:
        return ""
    return f"{origin}.{rest}" if rest else origin


def _is_script(source: Source) -> bool:
    """True for a module that is run, or talks to people by a library for that."""
    if any(origin.partition(".")[0] in _SPOKEN_BY for origin in source.imports.values()):
        return True
    return any(
        isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and _is_main(node.test.left)
        for node in source.tree.body
    )


def _is_main(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__name__"


def _is_speaking(call: ast.Call, nodes: Touched) -> bool:
    """True for a print to somewhere, or in a function that is there to print."""
    if any(keyword.arg in ("file", "stream") for keyword in call.keywords):
        return True
    return any(
        isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and _SPEAKING.search(outer.name)
        for outer in nodes.around(call)
    )


def _foreign_print(words: Sequence[str], before: Sequence[str]) -> str | None:
    """Return the print that begins here, if one does; lexers cut names with dots in more than one way."""
    if before and before[0] in (".", "->", "::", "function", "func"):
        return None
    text = "".join(words)
    for pattern in _FOREIGN_PRINTS:
        match = pattern.match(text)
        if match is not None:
            return match[0].rstrip("(")
    return None


_FOREIGN_PRINTS = (
    regex(r"console\.(log|debug|dir|trace|table)\("),
    regex(r"fmt\.Print(ln|f)?\("),
    regex(r"System\.(out|err)\.print(ln|f)?\("),
    regex(r"(var_dump|print_r)\("),
)


def _short(call: ast.Call) -> str:
    text = ast.unparse(call).partition("\n")[0]
    return text if len(text) <= 50 else text[:49] + "…"
