import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched

_DOING = frozenset(
    {"process", "handle", "do", "run", "manage", "perform", "execute", "make", "helper", "util", "func", "foo"}
)
_THINGS = frozenset(
    {"data", "stuff", "item", "items", "thing", "things", "info", "helper", "helpers", "util", "utils", "it", "work"}
    | {"all", "everything", "something", "object", "obj", "value", "values", "input", "result", "results", "function"}
)
_CLASSES = frozenset({"Manager", "Helper", "Util", "Utils", "Handler", "Processor", "DataManager", "DataHandler"})
# Alone, these are names that a framework may ask for.
_ASKED_FOR = frozenset({"run", "handle", "process", "execute", "perform", "make", "do"})


class VagueName(ModuleRule):
    """A function or class has a name that says nothing but that it does something.

    Why look: the name is what a caller reads; here it could stand over any function.
    Ask: what would you call it if it could do only this?
    """

    informs = "readability"
    severity = Severity.LOW
    words = ("def ", "class ")

    INVALID = (
        Example("def process_data(rows):\n    return [row.price for row in rows]\n"),
        Example("def do_stuff(rows):\n    return rows\n"),
        Example("def process(rows):\n    return rows\n"),
        Example("async def handle_item(row):\n    await send(row)\n"),
        Example("class Helper:\n    rate = 2\n"),
        Example("def helper(rows):\n    return rows\n"),
    )
    VALID = (
        Example("def process_refund(order):\n    return order\n"),
        Example("class Job(Task):\n    def run(self):\n        return 1\n"),
        Example("class Command(BaseCommand):\n    def handle(self, *args):\n        return 1\n"),
        Example("def run():\n    return 1\n", path="tests/helpers.py"),
        Example("def main():\n    return 1\n"),
        Example("@app.command()\ndef run():\n    return 1\n"),
        Example("class OrderManager:\n    rate = 2\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        for function in nodes.functions:
            if function.lineno not in file.added or function.decorator_list or nodes.function(function) is not None:
                continue
            is_alone = function.name.lstrip("_") in _ASKED_FOR
            owner = nodes.owner(function)
            if _is_vague(function.name) and not (owner is not None and (is_alone or owner.bases)):
                severity = Severity.INFO if is_alone and function.name in ("run", "execute") else Severity.LOW
                yield LineSighting(function.lineno, f"`{function.name}` could be the name of any function", severity)
        for node in nodes.of(ast.ClassDef):
            if node.lineno in file.added and node.name.lstrip("_") in _CLASSES and not node.bases:
                yield LineSighting(node.lineno, f"`{node.name}` could be the name of any class")


def _is_vague(name: str) -> bool:
    words = [word for word in name.lower().strip("_").split("_") if word]
    if not words or not all(word in _DOING | _THINGS for word in words):
        return False
    return words[0] in _DOING and (
        len(words) > 1 or words[0] in _ASKED_FOR | {"helper", "util", "func", "foo", "manage"}
    )
