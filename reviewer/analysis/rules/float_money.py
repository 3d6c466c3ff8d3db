import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.columns import columns_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.spoken_money import money_faults
from reviewer.analysis.spoken_sql import spoken_statements
from reviewer.analysis.tokens import Token
from reviewer.analysis.tree import Tree, head_line, quote, tree_of

_MONEY = regex(
    r"(.*_)?(price|prices|amount|cost|costs|fee|fees|tax|taxes|vat|discount|refund|balance|salary|wage|revenue"
    r"|payment|subtotal"
    r"|invoice|payout|deposit|grand_total|total_(price|amount|cost)|net|gross|commission|tip|surcharge|premium"
    r"|earnings)"
    r"(_(total|amount|value|due|paid|usd|eur|gbp|per_\w+|before_\w+|after_\w+|incl\w*|excl\w*))?"
)
_TOTAL = regex(r"(\w+_)?total")
_CONTEXT = regex(r"price|invoice|currency|discount|tax\b|refund|payment|salary|checkout|order_total", re.IGNORECASE)
# The same words of graphics, graphs and learning.
_OTHER = regex(
    r".*(factor|function|matrix|ratio|rate|percent\w*|pct|weight|blur|scroll|offset|edge|path|node|rebalance"
    r"|load_balance).*"
)
_CALCULATING = frozenset(
    {
        "numpy",
        "scipy",
        "torch",
        "tensorflow",
        "sklearn",
        "matplotlib",
        "jax",
        "keras",
        "networkx",
        "pygame",
        "PIL",
        "cv2",
    }
    | {"seaborn", "plotly", "gym", "gymnasium", "textual", "rich"}
)
_SUMS = (ast.Mult, ast.Add, ast.Sub, ast.Div)


_COLUMN = regex(r"float\d*|double|double precision|real|binary_(?:float|double)|float64|float32")
_STEP = regex(r"(?<=[a-z])(?=[A-Z])")


class FloatMoney(ModuleRule, TokenRule):
    """An amount of money is kept or worked out as a binary fraction.

    Why look: a float cannot hold 0.10; cents go missing in sums and comparisons.
    Ask: must this be exact to the cent, and if so why not Decimal or whole cents?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin", "sql"})

    INVALID = (
        Example("def gross(price):\n    return price * 1.19\n"),
        Example("def parse(row):\n    amount = float(row['amount'])\n    return amount\n"),
        Example("def total(order):\n    return order.price - 0.5\n"),
        Example("def refund(amount: float) -> bool:\n    return send(amount)\n"),
        Example("class Order:\n    price: float\n    number: int\n"),
        Example("def discount(order):\n    if order.is_large:\n        return 0.15\n    return 0.05\n"),
        Example("def charge(order):\n    return pay(float(order.total_amount))\n"),
        Example("balance = 0.0\n"),
        Example("def total(order):\n    total = order.price\n    total = total * 1.08\n    return total\n"),
        Example("def shipping_fee(order):\n    order.fee *= 1.5\n"),
        Example("CREATE TABLE orders (\n    id int,\n    unit_price double precision NOT NULL\n);\n", path="db/a.sql"),
        Example("ALTER TABLE orders ADD COLUMN shippingFee FLOAT(8) DEFAULT 0, ADD tax real;\n", path="db/b.sql"),
        Example("ALTER TABLE orders ALTER COLUMN total_amount TYPE float8;\n", path="db/c.sql"),
        Example(
            "const TAX = 0.19;\n\nfunction tax(net) {\n  return net * TAX;\n}\n// invoice\nlet invoice;\n",
            path="shop/tax.js",
        ),
        Example("const total = parseFloat(line.price) * line.quantity;\n", path="shop/cart.ts"),
        Example("const gross = Number((price * 119 / 100).toFixed(2));\n", path="shop/cart.ts"),
        Example("class Line {\n  private double price;\n  private int number;\n}\n", path="shop/Line.java"),
        Example(
            "class Line {\n  public double grossPrice(Order o) {\n    return sum(o);\n  }\n}\n", path="shop/Line.java"
        ),
        Example("type Invoice struct {\n\tNumber string\n\tAmount float64\n}\n", path="shop/invoice.go"),
        Example("data class Line(val name: String, val price: Double)\n", path="shop/Line.kt"),
    )
    VALID = (
        Example(
            "const gross = new Decimal(price).times('1.19');\nconst shown = `${price.toFixed(2)} EUR`;\n",
            path="shop/cart.ts",
        ),
        Example("const grossCents = Math.round((priceCents * 119) / 100);\n", path="shop/cart.ts"),
        Example("const width = scale * 1.5;\nconst price = await load(id);\n", path="shop/cart.js"),
        Example("class Line {\n  private BigDecimal price;\n  private double weight;\n}\n", path="shop/Line.java"),
        Example("type Invoice struct {\n\tAmountCents int64\n\tRatio float64\n}\n", path="shop/invoice.go"),
        Example("class T {\n  void adds() {\n    double price = 1.5;\n  }\n}\n", path="src/test/TeaTest.java"),
        Example("from decimal import Decimal\n\ndef gross(price):\n    return price * Decimal('1.19')\n"),
        Example("def gross(price_cents: int) -> int:\n    return price_cents * 119 // 100\n"),
        Example("import numpy as np\n\ndef cost(y):\n    return cost * 0.5\n"),
        Example("def scroll(amount_factor):\n    return amount_factor * 0.5\n"),
        Example("def load(total):\n    return total * 0.5\n"),
        Example("def wait(seconds):\n    return seconds * 1.5\n"),
        Example("def test_gross():\n    price = 1.5\n    assert gross(price) == 2.0\n", path="tests/test_price.py"),
        Example("def price(order):\n    return Decimal(order.price) * 2\n"),
        Example(
            "CREATE TABLE orders (price numeric(12, 2), tax_rate real, weight float, total_cents bigint);\n",
            path="db/a.sql",
        ),
        Example("def show(price):\n    return f'{price:.2f}'\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        imported = {origin.partition(".")[0] for origin in source.imports.values()}
        if file.is_test or imported & _CALCULATING:
            return
        # A total is one of money where money is spoken of.
        has_money = _CONTEXT.search("\n".join(source.lines)) is not None
        tree = tree_of(source.tree)
        seen: set[tuple[ast.AST | None, str]] = set()
        for node, name, message in _faults(tree):
            line = head_line(node, source, file)
            # Said once for each name in a function: the other lines follow from it.
            key = (tree.function(node), name)
            if line is not None and key not in seen and (has_money or not _TOTAL.fullmatch(name.lower())):
                seen.add(key)
                yield LineSighting(
                    line, message, None if not isinstance(node, (ast.arg, ast.AnnAssign)) else Severity.LOW
                )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        if language_of(file) == "sql":
            yield from _columns(tokens, file)
            return
        blocks, seen = blocks_of(file), set[int]()
        for line, message in money_faults(blocks, language_of(file) or "", _is_money):
            if line not in seen:
                seen.add(line)
                yield LineSighting(line, message)


def _columns(tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
    has_money = _CONTEXT.search("\n".join(file.lines)) is not None
    for line, statement in spoken_statements(tokens, file):
        for column in columns_in(statement):
            name = _STEP.sub("_", column.name).lower()
            if _COLUMN.fullmatch(column.type) and _is_money(name) and (has_money or not _TOTAL.fullmatch(name)):
                said = f"the column `{column.name}` keeps money as `{column.type}`"
                yield LineSighting(line + statement.count("\n", 0, column.offset), said)


def _faults(tree: Tree) -> Iterator[tuple[ast.AST, str, str]]:
    yield from _calculations(tree)
    for call in tree.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "float" and len(call.args) == 1:
            name = _money(call.args[0]) or _target(tree.parents.get(call))
            if name:
                yield call, name, f"`{quote(call)}` makes `{name}` a float"
    for assignment in tree.nodes(ast.Assign):
        name = _target(assignment)
        if name and _is_float(assignment.value):
            yield assignment, name, f"`{name}` is a float"
    for back in tree.nodes(ast.Return):
        function = tree.function(back)
        is_float = back.value is not None and _is_float(back.value)
        if function is not None and is_float and back.value is not None and _is_money(function.name):
            yield back, function.name, f"`{function.name}` returns the float `{quote(back.value)}`"
    yield from _declarations(tree)


def _calculations(tree: Tree) -> Iterator[tuple[ast.AST, str, str]]:
    for operation in tree.nodes(ast.BinOp):
        sides = (operation.left, operation.right)
        name = next((name for side in sides if (name := _money(side))), None)
        if name and any(_is_float(side) for side in sides) and isinstance(operation.op, _SUMS):
            yield operation, name, f"`{quote(operation)}` works out `{name}` with a float"
    for change in tree.nodes(ast.AugAssign):
        name = _money(change.target)
        if name and _is_float(change.value) and isinstance(change.op, _SUMS):
            yield change, name, f"`{quote(change)}` works out `{name}` with a float"


def _declarations(tree: Tree) -> Iterator[tuple[ast.AST, str, str]]:
    for annotated in tree.nodes(ast.AnnAssign):
        name = _money(annotated.target)
        if name and _is_float_type(annotated.annotation):
            yield annotated, name, f"`{name}` is declared as a float"
    for arg in tree.nodes(ast.arg):
        if arg.annotation is not None and _is_money(arg.arg) and _is_float_type(arg.annotation):
            yield arg, arg.arg, f"`{arg.arg}` is declared as a float"


def _money(node: ast.expr | None) -> str | None:
    """Return the name of an amount, as a variable, an attribute or a key."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name if _is_money(name) else None
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name if _is_money(name) else None
    return None


def _is_money(name: str) -> bool:
    lowered = name.lower().removeprefix("get_").removeprefix("calculate_")
    is_named = _MONEY.fullmatch(lowered) or _TOTAL.fullmatch(lowered)
    return is_named is not None and _OTHER.fullmatch(lowered) is None


def _target(node: ast.AST | None) -> str | None:
    return _money(node.targets[0]) if isinstance(node, ast.Assign) and len(node.targets) == 1 else None


def _is_float(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _is_float_type(node: ast.expr) -> bool:
    """True for `float`, `float | None`, `Optional[float]`."""
    names = {part.id for part in nodes_in(node) if isinstance(part, ast.Name)}
    return "float" in names and not names & {"Decimal", "Callable", "dict", "Dict", "Mapping"}
