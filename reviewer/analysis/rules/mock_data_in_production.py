import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import BINDING, bindings_of, literals, name_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import code_lines, set_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import is_placeholder, names_secret
from reviewer.analysis.template import called_name, is_for_people
from reviewer.analysis.tokens import Token

_PEOPLE = regex(r"\b(?:john|jane|joe) ?(?:doe|smith|public)\b|\blorem ipsum\b|\b123 main st|\bacme corp", re.IGNORECASE)
_ADDRESS = regex(
    r"^(?:test|user|users?\d|admin|john|jane|john\.?doe|jane\.?doe|foo|bar|name|email|someone|me|alice|bob|customer|you|"
    r"your[._-]?(?:e?mail|name))@(?:example|test|domain|email|foo|bar|mail|yourdomain|company|yourcompany)\.(?:com|org|net|io)$|"
    r"^foo@bar",
    re.IGNORECASE,
)
_PHONE = regex(r"^\+?1?[-. (]*(?:\d{3}[-. )]+)?555[-. ]\d{4}$|^\+?1?[-. (]*(?:123|000)[-. )]+456[-. ]7890$")
_THINGS = (
    r"(?:data|users?|orders?|products?|items?|records?|rows?|responses?|results?|payloads?|customers?|accounts?|prices?|"
    r"stats|metrics|payments?|transactions?|values?|db|database|entries|reports?|reviews?|documents?|tokens?|weather)"
)
_MADE_UP = regex(
    r"_*(?:get_|load_|fetch_|create_|generate_|make_)?"
    rf"(?:(?:mock|dummy|fake|stub(?:bed)?|hard_?coded)(?:ed)?_\w+|(?:sample|example|test)_(?:\w+_)?{_THINGS})",
    re.IGNORECASE,
)
_SHOWS_HOW = regex(r"example|schema|placeholder|help|description|initial|doc|choices|hint", re.IGNORECASE)
_NOT_PRODUCTION = regex(
    r"(?:^|[/_.-])(?:mocks?|fakes?|fakers?|factor(?:y|ies)|fixtures?|seeds?|seeders?|stubs?|dummy|demos?|samples?|examples?|"
    r"conftest|testing|tests?|testutils?|benchmarks?|migrations?|playground|sandbox|tutorials?)(?:[/_.-]|$)"
)
_DOUBLES = regex(r"(?:(?:unittest\.)?mock|pytest_mock|faker|mimesis|factory_boy|model_bakery)(?:\..+)?")
_STEPS = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_GIVEN = regex(
    r"\b(?P<name>[A-Za-z_]\w{2,60})\s*(?::\s*[\w<>\[\], ]{1,60})?(?::=|=)\s*(?:new\s+\w+[\w<>]*\s*)?"
    r"(?:\[\s*(?:\{|[\"'\d]|$)|\{\s*[\w\"'])"
)
_TOLD = regex(
    r"placeholder|examples?\s*[:=]|console\.|\b[lL]og|label|hint|title=|description|throw |Error\(|===?|!=",
    re.IGNORECASE,
)
_CODE = frozenset({"javascript", "typescript", "go", "java", "kotlin", "csharp", "php"})
_LOOKING = frozenset({"compile", "startswith", "endswith", "replace", "get", "text", "execute"})
_SHOWN = 40
_LONGEST = 500
# Each pattern needs one of these, which costs a tenth of the patterns.
_MARKS = ("doe", "smith", "public", "lorem", "123 main", "acme")


class MockDataInProduction(PythonRule, TokenRule):
    """Made-up data stand where real ones belong.

    Why look: code that should ask a service was tried out with invented answers, and they were left in.
    Ask: does a user ever see this, and where will the real data come from?
    """

    informs = "prompt"
    severity = Severity.HIGH
    visits = (*BINDING, cst.Return, cst.FunctionDef, cst.Import, cst.ImportFrom, cst.Element)
    languages = _CODE | {"yaml", "toml", "json", "bash", "docker"}
    words = (
        "mock", "Mock", "MOCK", "dummy", "DUMMY", "fake", "FAKE", "sample", "SAMPLE", "stub", "STUB", "hard", "HARD",
        "example", "EXAMPLE", "test_", "TEST_", "doe", "Doe", "DOE", "mith", "ublic", "orem", "123 ", "cme", "555",
        "456", "mimesis", "factory_boy", "model_bakery", "@test", "@domain", "@email", "@foo", "@bar", "@mail", "@your",
        "@company", "hange", "HANGE", "your", "Your", "YOUR", "eplace", "EPLACE", "nsert", "NSERT", "holder", "HOLDER",
        "edacted", "EDACTED", "todo", "TODO", "fixme", "FIXME", "<", "xxxx", "XXXX", "nter", "NTER",
    )  # fmt: skip

    INVALID = (
        Example('def user(number):\n    return {"name": "John Doe", "mail": "john@example.com"}\n'),
        Example('def orders():\n    mock_orders = [{"id": 1, "total": 20}]\n    return mock_orders\n'),
        Example('SAMPLE_USERS = [{"id": 1}, {"id": 2}]\n'),
        Example("from unittest.mock import Mock\n\nclient = Mock()\n"),
        Example("from faker import Faker\n\nfake = Faker()\n"),
        Example('def notify(order, to="test@example.com"):\n    send(order, to)\n'),
        Example('api_key = "YOUR_API_KEY"\n'),
        Example('app.config["SECRET_KEY"] = "change-me-in-production"\n'),
        Example('phone = "555-1234"\n'),
        Example('names = ["Jane Doe", "Ada"]\n'),
        Example("def get_mock_weather(city):\n    return {'city': city, 'degrees': 21}\n"),
        Example("const mockOrders = [{ id: 1, total: 20 }];\n", path="shop/orders.ts"),
        Example('return { name: "John Doe", mail: user.mail };\n', path="shop/users.js"),
        Example('email := "test@example.com"\n', path="shop/mail.go"),
        Example("database:\n  password: changeme\n", path="deploy/values.yaml"),
        Example("def owner(number):\n    return Owner(number, 'Jane Doe')\n"),
    )
    VALID = (
        Example('def user(number):\n    return {"name": row.name, "mail": row.mail}\n'),
        Example('parser.add_argument("--mail", help="such as john@example.com")\n'),
        Example('"""Write to john@example.com."""\nprint("such as John Doe")\n'),
        Example('raise ValueError("no address such as test@example.com")\n'),
        Example("sample_rate = 0.5\nsample = rows[:10]\ntest_size = 0.2\ndummy = None\n"),
        Example("def sample_rows(rows, share):\n    return rows[: int(len(rows) * share)]\n"),
        Example("from unittest.mock import Mock\n\nclient = Mock()\n", path="tests/test_orders.py"),
        Example('mock_orders = [{"id": 1}]\n', path="shop/fixtures/orders.py"),
        Example('user = {"name": "John Doe"}\n', path="shop/factories.py"),
        Example('class Order:\n    class Config:\n        json_schema_extra = {"example": {"name": "John Doe"}}\n'),
        Example('name: str = Field(description="the name", examples=["John Doe"])\n'),
        Example("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from unittest.mock import Mock\n"),
        Example('if mail == "test@example.com":\n    refuse()\nmock_calls = []\nfake_count = 0\n'),
        Example('password = os.environ["PASSWORD"]\nplaceholder = "Your name"\n'),
        Example('<input placeholder="John Doe" />\nconst mocked = false;\n', path="shop/form.tsx"),
        Example("const mockOrders = [{ id: 1 }];\n", path="shop/orders.test.ts"),
        Example("const mockOrders = [{ id: 1 }];\n", path="shop/__mocks__/orders.ts"),
        Example("password: ${DB_PASSWORD}\nauthor: John Doe\n", path="deploy/values.yaml"),
        Example('SENDER = "orders@shop.net"\nphone = "030-5557123"\n'),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example or _NOT_PRODUCTION.search(at.file.name.lower()):
            return
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            yield from _imported(node, at)
        elif isinstance(node, cst.FunctionDef):
            if _MADE_UP.fullmatch(node.name.value) and "_" in node.name.value and _gives_data(node):
                yield Sighting(node.name, f"`{node.name.value}` makes up what it returns")
        else:
            found = next(_data(node), None)
            if found is not None and not is_for_people(at) and not _is_model_of_data(at):
                yield found

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or _NOT_PRODUCTION.search(file.name.lower()):
            return
        language = language_of(file) or ""
        strings: dict[int, str] = {}
        for token in tokens if language in _CODE else ():
            if token.is_string:
                strings[token.line] = f"{strings.get(token.line, '')}{token.text}"[:_LONGEST]
        for line, code in code_lines(tokens, file, language):
            what = _placeholder(code, language) or (
                _made_up(code, strings.get(line, "")) if language in _CODE else None
            )
            if what is not None:
                yield LineSighting(line, what, Severity.MEDIUM)


def _placeholder(code: str, language: str) -> str | None:
    pairs = set_in(code, language)
    name = next((name for name, value in pairs if names_secret(name) and is_placeholder(value)), None)
    return None if name is None else f"`{name[:_SHOWN]}` holds a placeholder"


def _made_up(code: str, text: str) -> str | None:
    given = _GIVEN.search(code)
    if given is not None and _MADE_UP.fullmatch(_STEPS.sub("_", given["name"])):
        return f"`{given['name']}` is made up"
    if _TOLD.search(code):
        return None
    match = _PEOPLE.search(text) or next(
        (found for part in re.split(r"[\"'`]+", text) if (found := _ADDRESS.search(part) or _PHONE.search(part))), None
    )
    return f"`{match[0][:_SHOWN]}` is nobody's" if match is not None else None


def _imported(node: cst.Import | cst.ImportFrom, at: Place) -> Iterator[Sighting]:
    if isinstance(node, cst.Import):
        modules = [_dotted(alias.name) for alias in node.names]
    elif node.relative or node.module is None:
        return
    else:
        modules = [_dotted(node.module)]
        if modules == ["unittest"] and not isinstance(node.names, cst.ImportStar):
            modules = [f"unittest.{_dotted(alias.name)}" for alias in node.names]
    module = next((module for module in modules if _DOUBLES.fullmatch(module)), None)
    if module is not None and not any(isinstance(parent, (cst.If, cst.Try)) for parent in at.parents):
        yield Sighting(node, f"`{module}` is imported outside of tests")


def _dotted(node: cst.CSTNode) -> str:
    return f"{_dotted(node.value)}.{node.attr.value}" if isinstance(node, cst.Attribute) else name_of(node) or ""


def _gives_data(function: cst.FunctionDef) -> bool:
    """True for a short function that returns a literal with something in it."""
    for statement in function.body.body:
        for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(small, cst.Return) and isinstance(small.value, (cst.Dict, cst.List)):
                return bool(small.value.elements)
    return False


def _is_model_of_data(at: Place) -> bool:
    """True inside `examples=`, `"example": …` and other places that show what data look like."""
    for parent in reversed(at.parents):
        match parent:
            case cst.Arg(keyword=cst.Name(name)) | cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]):
                is_model = _SHOWS_HOW.search(name) is not None
            case cst.DictElement(key=key):
                is_model = _SHOWS_HOW.search(string_value(key) or "") is not None
            case cst.Call():
                is_model = called_name(parent) in _LOOKING
            case _:
                is_model = isinstance(parent, cst.Comparison)
        if is_model:
            return True
        if isinstance(parent, cst.BaseStatement):
            return False
    return False


def _data(node: cst.CSTNode) -> Iterator[Sighting]:
    for binding in bindings_of(node):
        name = binding.name[:_SHOWN]
        if binding.how == "is compared with":
            continue
        placeholders = (value for value, text in literals(binding.value) if is_placeholder(text))
        if names_secret(binding.name) and (value := next(placeholders, None)) is not None:
            yield Sighting(value, f"`{name}` holds a placeholder", Severity.MEDIUM)
        elif isinstance(node, (cst.Assign, cst.AnnAssign)) and _MADE_UP.fullmatch(name) and _is_data(binding.value):
            yield Sighting(node, f"`{name}` is made up")
        else:
            yield from _text(binding.value)
        return
    if isinstance(node, cst.Return) and node.value is not None:
        name = name_of(node.value) or ""
        if _MADE_UP.fullmatch(name) and name.lower().startswith(("mock", "dummy", "fake")):
            yield Sighting(node, f"`{name}` is returned")
        yield from _text(node.value)
        if isinstance(node.value, cst.Call):
            for argument in node.value.args:
                yield from _text(argument.value)
    elif isinstance(node, cst.Element):
        yield from _text(node.value)


def _is_data(value: cst.BaseExpression) -> bool:
    return isinstance(value, (cst.Dict, cst.List, cst.Tuple, cst.Set)) and bool(value.elements)


def _text(value: cst.BaseExpression) -> Iterator[Sighting]:
    text = string_value(value)
    if text is None or len(text) > _LONGEST:
        return
    if "@" not in text and "555" not in text and "456" not in text and not any(mark in text.lower() for mark in _MARKS):
        return
    for pattern, severity in ((_PEOPLE, Severity.HIGH), (_ADDRESS, Severity.MEDIUM), (_PHONE, Severity.MEDIUM)):
        match = pattern.search(text)
        if match is not None:
            yield Sighting(value, f"`{match[0][:_SHOWN]}` is nobody's", severity)
            return
