import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rows import FETCHES, RUNNERS, Rows, is_endpoint, is_small_table, rows_made_by, rows_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.spoken_pages import unpaged
from reviewer.analysis.syntax import Function, Syntax, code, last_name, syntax_of
from reviewer.analysis.tokens import Token

_LISTING = regex(
    r"(async_)?(list|search|get_all|find_all|fetch_all|all|browse|query_all|load_all)_?\w*|\w+_list|get_\w+s_by_\w+"
)
_PAGED = regex(r"\b(limit|page|page_size|per_page|offset|paginate|paginator|Paginator|pagination|skip|first_n|LIMIT)\b")
_PARTS = regex(r"page|limit|offset|skip|first|size|count")
_TAKERS = frozenset({"list", "jsonify", "JsonResponse", "render", "Response", "serialize"})


class NoPagination(ModuleRule, TokenRule):
    """A list is answered with all its rows at once.

    Why look: one request for a large list fills the memory, the wire and the page, and slows all others.
    Ask: how many rows may one answer hold, and how does the caller get the rest?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    languages = frozenset({"javascript", "typescript", "go", "java"})
    words = ("fetch", "all()", ".objects", "query", "select(", "execute", "SELECT", "find", "Find", "All(")

    INVALID = (
        Example("@app.get('/orders')\ndef orders(db):\n    return db.query(Order).all()\n"),
        Example(
            "@app.route('/orders')\ndef orders():\n"
            "    rows = db.execute('SELECT id, total FROM orders').fetchall()\n    return jsonify(rows)\n"
        ),
        Example("def index(request):\n    return render(request, 'orders.html', {'orders': Order.objects.all()})\n"),
        Example(
            "def list_orders(cursor, shop):\n"
            "    cursor.execute('SELECT id FROM orders WHERE shop = ?', (shop,))\n"
            "    return cursor.fetchall()\n"
        ),
        Example(
            "@router.get('/shops')\nasync def shops(session):\n"
            "    found = await session.execute(select(Shop).where(Shop.city == CITY))\n"
            "    return found.scalars().all()\n"
        ),
        Example(
            "class OrderView(View):\n    def get(self, request):\n"
            "        return JsonResponse(list(Order.objects.values()), safe=False)\n"
        ),
        Example(
            "router.get('/orders', async (req, res) => {\n"
            "  const orders = await prisma.order.findMany({ orderBy: { id: 'asc' } });\n"
            "  res.json(orders);\n});\n",
            path="shop/orders.ts",
        ),
        Example(
            "app.get('/orders', async (req, res) => {\n  res.json(await Order.find({ paid: true }));\n});\n",
            path="shop/orders.js",
        ),
        Example(
            "app.get('/orders', async (req, res) => {\n"
            "  const got = await pool.query('SELECT id, total FROM orders');\n"
            "  res.json(got.rows);\n});\n",
            path="shop/orders.js",
        ),
        Example(
            '@RestController\nclass Orders {\n  @GetMapping("/orders")\n  List<Order> all() {\n'
            "    return orderRepository.findAll();\n  }\n}\n",
            path="shop/Orders.java",
        ),
        Example(
            "func List(w http.ResponseWriter, r *http.Request) {\n"
            '\trows, err := db.QueryContext(r.Context(), "SELECT id FROM orders")\n'
            "\tsend(w, rows, err)\n}\n",
            path="shop/orders.go",
        ),
        Example(
            "@Controller('orders')\nclass Orders {\n  @Get()\n  async all(): Promise<Order[]> {\n"
            "    return this.orders.find();\n"
            "  }\n}\n",
            path="shop/orders.ts",
        ),
        Example(
            "@router.get('/teas')\ndef teas(db, kind: str):\n    query = select(Tea).where(Tea.kind == kind)\n"
            "    return db.scalars(query).all()\n"
        ),
        Example(
            "def teas(request):\n    rows = Tea.objects.filter(sold=False).values()\n"
            "    return JsonResponse({'teas': list(rows)})\n"
        ),
        Example(
            "def teas(request):\n    rows = Tea.objects.filter(sold=False)\n"
            "    return JsonResponse({'teas': [tea.name for tea in rows]})\n"
        ),
        Example(
            "class Teas(APIView):\n    def get(self, request):\n        teas = Tea.objects.filter(sold=False)\n"
            "        return Response(TeaSerializer(teas, many=True).data)\n"
        ),
    )
    VALID = (
        Example(
            "router.get('/orders', async (req, res) => {\n  res.json(await prisma.order.findMany({ take: 50 }));\n"
            "  res.json(await Order.find({ paid: true }).limit(50));\n"
            "  res.json(await prisma.line.findMany({ where: { orderId: req.params.id } }));\n"
            "  res.json(orders.find((order) => order.id === req.params.id));\n});\n",
            path="shop/orders.ts",
        ),
        Example("async function sweep() {\n  return prisma.order.findMany();\n}\n", path="shop/sweep.ts"),
        Example(
            '@RestController\nclass Orders {\n  @GetMapping("/orders")\n  Page<Order> all(Pageable page) {\n'
            "    return orderRepository.findAll(page);\n  }\n}\n",
            path="shop/Orders.java",
        ),
        Example(
            "@router.get('/teas')\ndef teas(db):\n    query = select(Tea)\n    query = query.limit(50)\n"
            "    return db.scalars(query).all()\n"
        ),
        Example(
            "def teas(request):\n    rows = Tea.objects.filter(sold=False)[:50]\n"
            "    return JsonResponse({'teas': [tea.name for tea in rows]})\n"
        ),
        Example(
            "@app.get('/orders')\ndef orders(db, limit: int = 50):\n    return db.query(Order).limit(limit).all()\n"
        ),
        Example(
            "@app.route('/orders')\ndef orders():\n"
            "    rows = db.execute('SELECT id FROM orders LIMIT 50').fetchall()\n    return jsonify(rows)\n"
        ),
        Example(
            "def index(request):\n    page = Paginator(Order.objects.all(), 50).get_page(1)\n"
            "    return render(request, 'orders.html', {'orders': page})\n"
        ),
        Example("@app.get('/countries')\ndef countries(db):\n    return db.query(Country).all()\n"),
        Example(
            "class Orders(ModelViewSet):\n    queryset = Order.objects.all()\n\n"
            "    def get_queryset(self):\n        return Order.objects.all()\n"
        ),
        Example(
            "def list_lines(cursor, order):\n"
            "    cursor.execute('SELECT id FROM lines WHERE order_id = ?', (order,))\n"
            "    return cursor.fetchall()\n"
        ),
        Example("@app.get('/orders/count')\ndef count(request):\n    return Order.objects.all().count()\n"),
        Example("def list_files(folder):\n    return folder.all()\n"),
        Example("@app.get('/orders')\ndef orders(db):\n    return db.query(Order).all()\n", path="tests/app.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        told: set[tuple[ast.AST, ast.expr]] = set()
        for call in tree.called(*FETCHES, *RUNNERS, *_TAKERS):
            function = tree.function(call)
            if function is None or _is_paged(function):
                continue
            rows = _answered(tree, call)
            if rows is None or rows.is_bounded or rows.is_chunked or is_small_table(rows.table):
                continue
            if (function, rows.call) not in told:
                told.add((function, rows.call))
                yield from _said(tree, call, rows, function)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if file.is_test:
            return
        for line, shape in unpaged(blocks_of(file), language_of(file) or ""):
            yield LineSighting(line, f"`{shape}` answers with all rows there are")


def _answered(tree: Syntax, call: ast.Call) -> Rows | None:
    """Return the rows a call reads, or gives to whatever makes the answer."""
    method = last_name(call.func)
    if method in _TAKERS:
        values: list[ast.expr] = [*call.args, *(word.value for word in call.keywords)]
        values += [value for given in values if isinstance(given, ast.Dict) for value in given.values]
        made = (_gone_through(tree, value) for value in values)
        return next((rows for rows in made if rows is not None and rows.is_django), None)
    rows = rows_made_by(tree, call)
    is_lazy = (
        rows is not None
        and rows.text is not None
        and method in ("execute", "exec_driver_sql", "sql", "exec", "aexecute")
    )
    if rows is None or is_lazy or rows.is_django or (rows.is_orm and method not in ("all", "fetchall")):
        return None
    return None if _is_counted(tree, call) else rows


def _gone_through(tree: Syntax, value: ast.expr) -> Rows | None:
    """Return the rows that become an answer: as they are, through a name, `list(…)` or a comprehension."""
    match value:
        case ast.ListComp(generators=[loop, *_]) | ast.GeneratorExp(generators=[loop, *_]):
            value = loop.iter
        # A serializer of Django REST framework: `TeaSerializer(teas, many=True).data`.
        case ast.Attribute(attr="data", value=ast.Call(args=[several, *_], keywords=[ast.keyword(arg="many")])):
            value = several
    return rows_made_by(tree, value) or rows_of(tree, value)


def _is_counted(tree: Syntax, call: ast.Call) -> bool:
    above = tree.parents.get(call)
    return isinstance(above, ast.Call) and last_name(above.func) in ("len", "sum", "any", "bool")


def _said(tree: Syntax, call: ast.Call, rows: Rows, function: Function) -> Iterator[LineSighting]:
    of = f" of `{rows.table}`" if rows.table else ""
    if is_endpoint(tree, function) and function.name != "get_queryset":
        yield LineSighting(tree.line(call), f"`{function.name}` answers with all rows{of} at once: `{code(call)}`")
    elif not rows.is_whole and rows.text is not None and _LISTING.fullmatch(function.name):
        yield LineSighting(tree.line(call), f"`{function.name}` returns as many rows{of} as there are", Severity.LOW)


def _is_paged(function: Function) -> bool:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    if any(_PARTS.search(part.arg) for part in given):
        return True
    return any(
        isinstance(part, (ast.Name, ast.Attribute))
        and _PAGED.search(part.id if isinstance(part, ast.Name) else part.attr)
        for part in nodes_in(function)
    )
