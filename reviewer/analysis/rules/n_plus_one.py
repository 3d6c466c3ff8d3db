import ast
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.loops import Loop, ends_at_first, is_by_pieces, is_short, loops_around, names_fed_by
from reviewer.analysis.origin import below, binds, names_read
from reviewer.analysis.place import Place, dotted_name, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.remote import SAVES, Remote, remote_call
from reviewer.analysis.rows import DATABASE, rows_of, runs_once
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, PythonRule, Sighting, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.spoken_loops import calls_in_loops
from reviewer.analysis.spoken_queries import concurrent_lines, queries
from reviewer.analysis.sql import expects_value
from reviewer.analysis.syntax import Loop as AnyLoop
from reviewer.analysis.syntax import Syntax, last_name, syntax_of
from reviewer.analysis.syntax import dotted_name as dotted
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token

_PART = regex(r"sub_?quer|condition|clause")
_TOGETHER = frozenset({"gather", "create_task", "ensure_future", "as_completed", "submit", "start_soon", "delay"})
_BUILDING = frozenset({"subquery", "scalar_subquery", "as_scalar", "cte", "alias", "statement"})
_ENCLOSING = frozenset({"filter", "exclude", "where", "Exists", "Subquery", "OuterRef", "Prefetch", "union"})
_BY_MODEL = frozenset({"get", "filter", "exclude", "where", "create"})

# What fetches related rows with the first ones, or reads no objects at all.
_EAGER = regex(
    r"select_related|prefetch_related|joinedload|selectinload|subqueryload|contains_eager|immediateload|lazyload"
    r"|annotate\("
    r"|\.values\(|\.values_list\("
)
_RELATED = frozenset(
    {"all", "count", "filter", "exists", "first", "last", "exclude", "order_by", "aggregate", "values_list"}
)
# Parts of one value: of a date, a file, an enumeration, the class.
_PARTS = frozenset(
    {
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "url",
        "path",
        "size",
        "value",
        "real",
        "imag",
        "tzinfo",
        "hex",
    }
    | {"days", "seconds", "__name__", "app_label", "model_name", "label", "pk", "objects", "display"}
    | {"coords", "microsecond"}
)
_PLAIN = regex(
    r"_\w*|\w*(file|image|photo|avatar|document|attachment|picture|logo|date|time|_at|state|status|type|kind|enum"
    r"|data|meta|config|settings|params|attrs|info|pk|id)"
)
_FEW = 10
_CUT = regex(r"batch|chunk|page|range\(")
_AWAITED = frozenset(
    {
        "fetch",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "query",
        "execute",
        "find",
        "findOne",
        "findById",
        "findUnique",
        "findFirst",
    }
    | {"findMany", "findAll", "findByPk", "save", "create", "insert", "insertOne", "update", "updateOne"}
    | {"deleteOne", "upsert"}
    | {"remove", "axios", "request", "getDoc", "setDoc", "send", "count", "countDocuments", "aggregate"}
    | {"findOneAndUpdate"}
)
_NAMED_SO = frozenset(
    {
        "QueryRow",
        "QueryRowContext",
        "Query",
        "QueryContext",
        "ExecContext",
        "Exec",
        "executeQuery",
        "executeUpdate",
        "findById",
    }
    | {"findOne", "queryForObject", "queryForList", "getForObject", "postForObject", "getForEntity"}
    | {"persist", "saveAndFlush"}
)


class NPlusOne(PythonRule, ModuleRule, TokenRule):
    """A query or request is made for each element of a loop.

    Why look: each one waits for an answer, so a thousand elements wait a thousand times.
    Ask: can one call fetch or write all of them?
    """

    informs = "scale"
    severity = Severity.HIGH
    words = ("for ", "for(", "while ", "map(", "forEach(", "stream(")
    visits = (cst.Call,)
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin"})

    INVALID = (
        Example(
            "for order in orders:\n"
            '    cursor.execute("SELECT name FROM users WHERE id = %s", (order.user_id,))\n'
            "    names.append(cursor.fetchone())\n"
        ),
        Example('for row in rows:\n    db.execute("INSERT INTO orders (id, total) VALUES (?, ?)", row)\n'),
        Example("users = [User.objects.get(pk=number) for number in numbers]\n"),
        Example(
            "def owners(session, pets):\n"
            "    for pet in pets:\n"
            "        name = pet.owner\n"
            "        yield session.query(Owner).filter(Owner.name == name).first()\n"
        ),
        Example("owners = {pet: session.get(Owner, pet.owner_id) for pet in pets}\n"),
        Example(
            'import requests as r\n\nfor user in users:\n    r.post(f"{BASE}/users/{user.id}", json={"on": True})\n'
        ),
        Example(
            "async def load(client, ids):\n"
            '    return [(await client.get(f"/orders/{number}")).json() for number in ids]\n'
        ),
        Example("def names():\n    return [order.customer.name for order in Order.objects.filter(paid=True)]\n"),
        Example("def counts():\n    for shop in Shop.objects.all():\n        print(shop.orders.count())\n"),
        Example(
            "def names(session):\n    for order in session.query(Order).all():\n        print(order.customer.name)\n"
        ),
        Example("for order in orders:\n    session.add(order)\n    session.commit()\n"),
        Example(
            "for (const order of orders) {\n  order.user = await User.findById(order.userId)\n}\n", path="src/orders.js"
        ),
        Example("for _, id := range ids {\n\trow := db.QueryRow(sql, id)\n}\n", path="shop/orders.go"),
        Example(
            "for (Order order : orders) {\n  users.add(userRepository.findById(order.userId()));\n}\n",
            path="src/Orders.java",
        ),
        Example('for order in orders:\n    shop = db.shops.find_one({"_id": order["shop"]})\n'),
        Example("for author in authors:\n    books = author.book_set.filter(sold=True)\n"),
        Example("from django.db import models\n\nfor order in orders:\n    order.paid = True\n    order.save()\n"),
        Example(
            "async function names(posts) {\n  for (const post of posts) {\n"
            "    const author = await db('users').where({ id: post.author }).first();\n    post.name = author.name;\n"
            "  }\n}\n",
            path="src/names.js",
        ),
        Example(
            "const names = await Promise.all(posts.map(async (post) => {\n"
            "  const author = await prisma.user.findUnique({ where: { id: post.author } });\n  return author.name;\n"
            "}));\n",
            path="src/names.ts",
        ),
        Example(
            "class Names {\n  private final UserRepository users;\n  List<String> of(List<Post> posts) {\n"
            "    return posts.stream().map(post -> users.findById(post.author()).get().name()).toList();\n  }\n}\n",
            path="src/Names.java",
        ),
        Example(
            "class Names {\n  void all(List<Post> posts) {\n    for (Post post : posts) {\n"
            "      names.add(userRepository.findByAuthor(post.author()));\n    }\n  }\n}\n",
            path="src/Names.java",
        ),
        Example(
            "def show():\n    for tea in Tea.objects.filter(sold=True)[:SIZE]:\n        print(tea.grower.town)\n",
        ),
    )
    VALID = (
        Example(
            "class Names {\n  private final UserRepository users;\n  String of(long id) {\n"
            "    return posts.findById(id).map(post -> users.findById(post.author()).get().name()).get();\n  }\n}\n",
            path="src/Names.java",
        ),
        Example(
            "func All(shops []Shop) {\n\tfor _, s := range shops {\n\t\tgo func(s Shop) {\n"
            "\t\t\tr, err := s.Query(ctx)\n"
            "\t\t\tout <- r\n\t\t}(s)\n\t}\n}\n",
            path="shop/all.go",
        ),
        Example(
            "const found = await db('users').whereIn('id', ids);\nconst names = found.map((user) => user.name);\n"
            "const shop = () => names.map((name) => known.get(name));\n",
            path="src/names.js",
        ),
        Example("def names():\n    return [o.customer.name for o in Order.objects.select_related('customer')]\n"),
        Example("def days():\n    return [order.day.isoformat() for order in Order.objects.filter(paid=True)]\n"),
        Example("def years():\n    return [order.day.year for order in Order.objects.filter(paid=True)]\n"),
        Example(
            "for number, order in enumerate(orders):\n    session.add(order)\n    if number % 500 == 0:\n"
            "        session.commit()\n"
        ),
        Example(
            "const names = new Map()\nfor (const order of orders) {\n  names.set(order.id, order.name)\n}\n",
            path="src/orders.js",
        ),
        Example("for (const batch of batches) {\n  await Order.insertMany(batch)\n}\n", path="src/orders.js"),
        Example('cursor.executemany("INSERT INTO orders (id, total) VALUES (?, ?)", rows)\n'),
        Example('for row in db.execute("SELECT id FROM orders WHERE user = ?", (user,)):\n    show(row)\n'),
        Example("for order in orders:\n    names.append(users.get(order.user_id))\n"),
        Example(
            "for start in range(0, len(ids), 500):\n    users += User.objects.filter(pk__in=ids[start : start + 500])\n"
        ),
        Example("for batch in batched(ids, 500):\n    db.execute(QUERY, batch)\n"),
        Example(
            "import requests\n\nfor attempt in range(retries):\n"
            '    answer = requests.get(url, headers={"attempt": str(attempt)})\n'
        ),
        Example("for statement in statements:\n    cursor.execute(statement)\n"),
        Example('for table in tables:\n    cursor.execute(f"SELECT count(*) FROM {table}")\n'),
        Example('for name in names:\n    db.execute(f"CREATE INDEX {name}_at ON {name} (at)")\n'),
        Example('for state in ("new", "paid"):\n    counts[state] = Order.objects.filter(state=state).count()\n'),
        Example(
            "import asyncio\n\nasync def load(client, urls):\n"
            "    return await asyncio.gather(*[client.get(url) for url in urls])\n"
        ),
        Example("for name, value in filters.items():\n    query = query.filter(getattr(Order, name) == value)\n"),
        Example("for user in users:\n    session.add(user)\nsession.commit()\n"),
        Example("from flask import session\n\nfor key in keys:\n    print(session.get(key), request.query.get(key))\n"),
        Example(
            "import requests\n\ndef first(mirrors):\n    for base in mirrors:\n        try:\n"
            '            return requests.get(f"{base}/file")\n'
            "        except OSError:\n            continue\n"
        ),
        Example("users = [User.objects.get(pk=number) for number in numbers]\n", path="tests/test_users.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        kind = remote_call(node, at)
        if kind is None or _is_only_built(at) or _is_made_beside_others(node, at):
            return
        loop = next((loop for loop in loops_around(at, node) if _is_fed(node, loop) and not is_short(loop)), None)
        if loop is None or is_by_pieces(loop) or ends_at_first(loop, at):
            return
        names = list(dict.fromkeys(names_read(loop.target)))
        element = ", ".join(names if len(names) < 4 else [*names[:2], "…"])
        if kind is Remote.REQUEST:
            yield Sighting(node, f"`{_shown(node.func)}` sends a request for each `{element}`", Severity.MEDIUM)
        elif not _has_statement_of_its_own(node, loop):
            yield Sighting(
                node, f"`{_shown(node.func)}` queries the database for each `{element}`", _severity(node, at)
            )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        text = file.new_text or b""
        if file.is_test or not any(word in text for word in (b".objects", b"session", b".query", b"commit(")):
            return
        tree = syntax_of(source)
        for kind in (ast.For, ast.comprehension):
            for loop in tree.nodes.get(kind, ()):
                if isinstance(loop, (ast.For, ast.comprehension)) and isinstance(loop.target, ast.Name):
                    yield from _related(tree, loop, loop.target.id)
        for call in tree.called("commit"):
            yield from _committed(tree, call)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if not file.is_test:
            words = [token for token in tokens if not token.is_comment]
            language, blocks = language_of(file) or "", blocks_of(file)
            seen = concurrent_lines(blocks) if language == "go" else frozenset[int]()
            for at in calls_in_loops(words):
                if _is_asking(words, at, is_script="script" in language) and words[at].line not in seen:
                    seen |= {words[at].line}
                    message = f"`{words[at].text}` waits for an answer for each element"
                    yield LineSighting(words[at].line, message, Severity.MEDIUM)
            for line, shape in queries(blocks, language):
                if line not in seen:
                    severity = Severity.LOW if runs_once(file) else Severity.MEDIUM
                    yield LineSighting(line, f"`{shape}` asks the database for each element", severity)


def _related(tree: Syntax, loop: ast.For | ast.comprehension, name: str) -> Iterator[LineSighting]:
    """Attributes of what each row refers to, `order.customer.name`, where the query did not fetch it as well."""
    made = tree.parents.get(loop)
    where: list[ast.AST] = list(loop.body) if isinstance(loop, ast.For) else [made] if made is not None else []
    chains = [chain for part in where for node in nodes_in(part) if (chain := _reference(tree, node, name))]
    cut = tree.value(loop.iter)
    rows = rows_of(tree, cut.value if isinstance(cut, ast.Subscript) else loop.iter) if chains else None
    if rows is None or not rows.is_orm or _is_fetched_too(tree, loop) or (rows.is_bounded and not _is_page(tree, loop)):
        return
    for node, related in chains[:1]:
        message = f"`{name}.{related}` queries the database for each `{name}`, unless the query fetches it as well"
        yield LineSighting(tree.line(node), message, Severity.LOW if rows.is_bounded else Severity.MEDIUM)


def _is_page(tree: Syntax, loop: ast.For | ast.comprehension) -> bool:
    """True for rows cut to a number that has a name: a page of them, more than a few."""
    made = tree.value(loop.iter)
    match made:
        case ast.Subscript(slice=ast.Slice(upper=ast.Name() | ast.Attribute() | ast.BinOp())):
            return True
        case ast.Subscript(slice=ast.Slice(upper=ast.Constant(value=int(most)))):
            return most > _FEW
    return False


def _reference(tree: Syntax, node: ast.AST, name: str) -> tuple[ast.AST, str] | None:
    match node:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=owner), attr=related), attr=last) if owner == name:
            above = tree.parents.get(node)
            is_called = isinstance(above, ast.Call) and above.func is node
            is_reference = last in _RELATED if is_called else last not in _PARTS and not _PLAIN.fullmatch(related)
            return (node, related) if is_reference else None
        case _:
            return None


def _is_fetched_too(tree: Syntax, loop: AnyLoop) -> bool:
    function = tree.function(loop)
    if function is None:
        return _EAGER.search("\n".join(tree.source.lines)) is not None
    return _EAGER.search("\n".join(tree.source.lines[function.lineno - 1 : function.end_lineno])) is not None


def _committed(tree: Syntax, call: ast.Call) -> Iterator[LineSighting]:
    """`session.commit()` for each element, unless it is done now and then, or on the way out."""
    if not isinstance(call.func, ast.Attribute) or call.args or not DATABASE.fullmatch(last_name(call.func.value)):
        return
    loop = next(tree.loops(call), None)
    statement = tree.statement(call)
    if (
        not isinstance(loop, ast.For)
        or statement not in loop.body
        or _CUT.search(ast.unparse(loop.iter) + ast.unparse(loop.target))
    ):
        return
    yield LineSighting(tree.line(call), f"`{dotted(call.func)}` ends a transaction for each element", Severity.LOW)


def _is_asking(words: Sequence[Token], at: int, *, is_script: bool) -> bool:
    name = words[at].text
    if not is_script:
        return name in _NAMED_SO and at > 0 and words[at - 1].text == "."
    start = at
    while start > 1 and words[start - 1].text == ".":
        start -= 2
    return name in _AWAITED and words[start - 1].text == "await"


def _severity(call: cst.Call, at: Place) -> Severity:
    """A migration or a script runs once; `save` may be there for the signals it sends."""
    if runs_once(at.file):
        return Severity.LOW
    return Severity.MEDIUM if called_name(call) in SAVES else Severity.HIGH


def _is_only_built(at: Place) -> bool:
    """True for a query that becomes a part of another one, or is gathered up to be run later."""
    for parent in reversed(at.parents):
        if isinstance(parent, cst.Attribute) and parent.attr.value in _BUILDING:
            return True
        if isinstance(parent, cst.Call) and called_name(parent) in _ENCLOSING:
            return True
        if isinstance(parent, cst.Assign):
            return any(_PART.search(name) for target in parent.targets for name in names_read(target.target))
        if isinstance(parent, cst.BaseSmallStatement):
            return isinstance(parent, cst.AugAssign)
        if isinstance(parent, cst.BaseStatement):
            return False
    return False


def _is_made_beside_others(call: cst.Call, at: Place) -> bool:
    """True for arguments of `gather`, and for coroutines that are not awaited where they are made."""
    is_waited_for = at.function is None or at.function.asynchronous is None or at.is_imported(call.func)
    for parent in reversed(at.parents):
        if isinstance(parent, cst.Call) and called_name(parent) in _TOGETHER:
            return True
        is_waited_for = is_waited_for or isinstance(parent, cst.Await)
        if isinstance(parent, cst.With):
            return not is_waited_for and parent.asynchronous is None
        if isinstance(parent, cst.BaseStatement):
            break
    return not is_waited_for


def _is_fed(call: cst.Call, loop: Loop) -> bool:
    targets = set(names_read(loop.target))
    if "_set." in (dotted_name(call.func) or "") or called_name(call) in SAVES:
        return _owner(call) in targets
    fed = names_fed_by(loop)
    # Earlier calls of a chain have been seen already; a loop over connections asks each of them once.
    is_seen = any(isinstance(part, cst.Call) and fed & set(_single_values(part)) for part in below(call.func))
    return bool(fed & set(_single_values(call))) and not is_seen and _owner(call) not in targets


def _owner(call: cst.Call) -> str:
    return next(names_read(call.func), "")


def _single_values(call: cst.Call) -> Iterator[str]:
    """Yield the names in a call's arguments, but not of what asks for many rows at once: `pk__in=numbers`."""
    for argument in call.args:
        is_list = argument.keyword is not None and argument.keyword.value.endswith("__in")
        if not is_list and not any(
            isinstance(part, cst.Call) and called_name(part) == "in_" for part in below(argument)
        ):
            yield from names_read(argument.value)


def _has_statement_of_its_own(call: cst.Call, loop: Loop) -> bool:
    """True if each turn runs another statement or reads another table, so that one cannot do for all."""
    values = positional(call)
    if not values or called_name(call) in _BY_MODEL:
        return False
    statement = _bound_in(loop, values[0])
    template = template_of(statement)
    if template is None:
        return _first_name(statement) in set(names_read(loop.target))
    fed = names_fed_by(loop)
    holes = [before for before, value in template.holes if fed & set(names_read(value))]
    return bool(holes) and not any(expects_value(before) for before in holes)


def _bound_in(loop: Loop, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return what the loop's body binds to a name, or else the node itself."""
    if isinstance(node, cst.Name) and isinstance(loop, cst.For):
        for statement in below(loop.body):
            if isinstance(statement, cst.Assign) and binds(statement.targets[0].target, node.value):
                return statement.value
    return node


def _first_name(node: cst.BaseExpression) -> str:
    """Return the name a statement is taken from: `step` for `step.sql`, `text(step)` and `step % values`."""
    match node:
        case cst.Call(func=cst.Name(), args=[cst.Arg(value=value)]):
            return _first_name(value)
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name("format"))):
            return _first_name(value)
        case cst.BinaryOperation(left=left, operator=cst.Modulo()):
            return _first_name(left)
        case _:
            return (dotted_name(node) or "").partition(".")[0]


def _shown(node: cst.BaseExpression) -> str:
    """Return what is called, with the arguments of earlier calls left out."""
    match node:
        case cst.Attribute(value=value, attr=cst.Name(name)):
            return f"{_shown(value)}.{name}"
        case cst.Call(func=func):
            return f"{_shown(func)}(…)"
        case cst.Subscript(value=value):
            return f"{_shown(value)}[…]"
        case cst.Name(name):
            return name
        case _:
            return "(…)"
