import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from reviewer.analysis.acts import is_act, is_caught, is_making
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.lookups import DONE, Check, checks_in
from reviewer.analysis.outline import Outline, code_of, dotted, inside, method_of, outline_of, within
from reviewer.analysis.regex import regex
from reviewer.analysis.resources import is_lock
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.script_lookups import acts_on_files, rows_made
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tokens import Token

_AMOUNT = regex(
    r"(\w+_)?(balance|stock|quantity|qty|inventory|available|credits?|seats|remaining|tokens|slots|capacity|quota|funds"
    r"|points|units|tickets|count|limit|budget|supply|uses|left)(_\w+)?"
)
_SAFE = regex(
    r"select_for_update|with_for_update|FOR UPDATE|for_update|get_or_create|update_or_create|ON CONFLICT|on_conflict"
    r"|ON DUPLICATE|IntegrityError|UniqueViolation|DuplicateKey|UniqueConstraint|AlreadyExists|setnx|SETNX|nx=True"
    r"|\.watch\(|\.eval\(|register_script|idempoten|ConditionExpression|IfNoneMatch|if_not_exists|IF NOT EXISTS|upsert"
    r"|BEGIN IMMEDIATE|BEGIN EXCLUSIVE|SERIALIZABLE|serializable|OR IGNORE|OR REPLACE|advisory_lock|O_EXCL|flock"
    r"|\.incr\("
    r"|WHERE NOT EXISTS|version_id|optimistic|AND balance|AND stock|AND quantity",
)
# What these find out, nobody changes meanwhile.
_VERIFYING = regex(
    r"(a?check|verify|validate|is|has|can|may)_(\w+_)?(password|passwords|permissions?|perms?|perm|role|roles|access|token|"
    r"signature|hash|otp|csrf|scope|credentials?|pin|code|authenticated|valid|staff|admin|superuser|allowed|safe|authori[sz]ed)"
    r"(_\w+)?|compare_digest|authenticate"
)
_LOCKING = regex(r"\w*(lock|mutex|semaphore|synchroni[sz]ed|exclusive|once|serial)\w*", re.IGNORECASE)
_THREADED = ("threading", "concurrent", "_thread", "multiprocessing")
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_WITH = (ast.With, ast.AsyncWith)
# How many statements further on a rule looks for the act.
_FAR = 20


class CheckThenAct(ModuleRule, TokenRule):
    """Something is looked up first and done afterwards, with nothing to keep others out in between.

    Why look: two requests, workers or processes can both see "not yet" and both go on: charged, created or sent twice.
    Ask: what if two run at once, and could one atomic step (a constraint, a lock, mode `x`) decide instead?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    cwe = 367
    words = ("if ",)
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example("def bill(order):\n    if not is_charged(order):\n        charge(order)\n"),
        Example("import os\n\ndef save(path, text):\n    if not os.path.exists(path):\n        os.mkdir(path)\n"),
        Example("from pathlib import Path\n\ndef clear(path: Path):\n    if path.exists():\n        path.unlink()\n"),
        Example(
            "def join(email):\n    if User.objects.filter(email=email).exists():\n        raise Taken(email)\n"
            "    User.objects.create(email=email)\n"
        ),
        Example(
            "def join(session, email):\n    user = session.query(User).filter_by(email=email).first()\n"
            "    if user is None:\n        session.add(User(email=email))\n        session.commit()\n"
        ),
        Example("def mark(redis, key):\n    if not redis.exists(key):\n        redis.set(key, 1)\n"),
        Example(
            "async def order(repo, number):\n    found = await repo.find(number)\n    if found:\n        return found\n"
            "    return await repo.create(number)\n"
        ),
        Example(
            "def pay(account, amount):\n    if account.balance >= amount:\n        account.balance -= amount\n"
            "        account.save()\n"
        ),
        Example("def bill(order):\n    if order.status == 'new':\n        gateway.charge(order.total, order.card)\n"),
        Example(
            "def pay(cursor, user, amount):\n    cursor.execute('SELECT balance FROM a WHERE id = ?', (user,))\n"
            "    balance = cursor.fetchone()[0]\n    if balance < amount:\n        return False\n"
            "    cursor.execute('UPDATE a SET balance = balance - ? WHERE id = ?', (amount, user))\n"
        ),
        Example(
            "class Shop:\n    async def pool(self):\n        if self._pool is None:\n"
            "            self._pool = await connect()\n        return self._pool\n"
        ),
        Example(
            "import threading\n\nclass Shop:\n    _one = None\n\n    @classmethod\n    def get(cls):\n"
            "        if cls._one is None:\n            cls._one = cls()\n        return cls._one\n"
        ),
        Example(
            "function clear(file) {\n  if (fs.existsSync(file)) {\n    fs.unlinkSync(file);\n  }\n}\n",
            path="shop/files.js",
        ),
        Example(
            "async function join(email) {\n  const found = await User.findOne({ email });\n"
            "  if (found) throw new Taken(email);\n  return await User.create({ email });\n}\n",
            path="shop/users.ts",
        ),
    )
    VALID = (
        Example(
            "def bill(order):\n    with order_lock:\n        if not is_charged(order):\n            charge(order)\n"
        ),
        Example(
            "import os\n\ndef save(path):\n    if not os.path.exists(path):\n        os.makedirs(path, exist_ok=True)\n"
        ),
        Example(
            "import os\n\ndef clear(path):\n    try:\n        if os.path.exists(path):\n            os.remove(path)\n"
            "    except FileNotFoundError:\n        pass\n"
        ),
        Example(
            "def join(email):\n    if User.objects.filter(email=email).exists():\n        raise Taken(email)\n"
            "    try:\n        User.objects.create(email=email)\n"
            "    except IntegrityError:\n        raise Taken(email)\n"
        ),
        Example(
            "def pay(number, amount):\n    account = Account.objects.select_for_update().get(pk=number)\n"
            "    if account.balance >= amount:\n        account.balance -= amount\n        account.save()\n"
        ),
        Example("def mark(redis, key):\n    if not redis.set(key, 1, nx=True):\n        return\n    send(key)\n"),
        Example(
            "def price(tea, prices):\n    if tea not in prices:\n        prices[tea] = ask(tea)\n"
            "    return prices[tea]\n"
        ),
        Example("def show(order):\n    if order.status == 'new':\n        print(order)\n"),
        Example("def load(shop):\n    if shop.is_open():\n        return shop.read()\n"),
        Example(
            "def price(redis, tea):\n    known = redis.get(tea)\n    if known:\n        return known\n"
            "    price = ask(tea)\n    redis.set(tea, price)\n    return price\n"
        ),
        Example("import os\n\ndef show(path):\n    if not os.path.isdir(path):\n        log(path)\n"),
        Example("def get(self, name):\n    if name in self.items:\n        return self.items.get(name)\n"),
        Example(
            "class Shop:\n    def pool(self):\n        if self._pool is None:\n            self._pool = connect()\n"
        ),
        Example(
            "class Shop:\n    async def pool(self):\n        async with self._lock:\n"
            "            if self._pool is None:\n                self._pool = await connect()\n"
        ),
        Example(
            "import os\n\ndef test_save(path):\n    if not os.path.exists(path):\n        os.mkdir(path)\n",
            path="tests/test_save.py",
        ),
        Example(
            "def remind(email):\n    buyer = Buyer.objects.filter(email=email).first()\n    if buyer is not None:\n"
            "        Reminder.objects.create(buyer=buyer)\n"
        ),
        Example(
            "def rename(request):\n    if not request.user.check_password(request.POST['old']):\n        return None\n"
            "    send_notice(request.user)\n"
        ),
        Example("function show(file) {\n  if (!fs.existsSync(file)) {\n    log(file);\n  }\n}\n", path="shop/files.js"),
        Example(
            "function make(to) {\n  if (!fs.existsSync(to)) {\n    fs.mkdirSync(to, { recursive: true });\n  }\n}\n",
            path="shop/files.js",
        ),
        Example(
            "async function join(email) {\n  const found = await User.findOne({ email });\n  if (found) return found;\n"
            "  return await Basket.create({ email });\n}\n",
            path="shop/users.ts",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for test in outline.added(file, ast.If):
            found = _judge(test, outline)
            if found is not None:
                yield found

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for line, asked, act in acts_on_files(tokens):
            yield LineSighting(line, f"`{asked}()` may no longer hold when `{act}()` runs", Severity.LOW)
        for line, name, act in rows_made(tokens):
            yield LineSighting(line, f"`{name}` may no longer hold when `{act}()` runs")


def _judge(test: ast.If, outline: Outline) -> LineSighting | None:
    found = _own_state(test, outline)
    for check in checks_in(test.test, outline) if found is None else ():
        if isinstance(check.asked, ast.Call) and _VERIFYING.fullmatch(method_of(check.asked)):
            continue
        act = next((act for act in _acts(test, check, outline) if not _is_about_found(act, test, check, outline)), None)
        if act is not None:
            message = f"`{outline.quote(check.asked)}` may no longer hold when `{outline.quote(act)}` runs"
            found = LineSighting(outline.line(test), message, Severity.LOW if check.is_file else None)
            break
    return None if found is None or _is_locked(test, outline) else found


def _is_about_found(act: ast.AST, test: ast.If, check: Check, outline: Outline) -> bool:
    """True for something new made for a row because it is there: `if user: Token.create(user=user)`."""
    if check.is_file or check.is_flag or not isinstance(act, ast.Call) or not is_making(act):
        return False
    match test.test:
        case ast.Name() | ast.Compare(left=ast.Name(), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            means_found = True
        case (
            ast.UnaryOp(op=ast.Not(), operand=ast.Name())
            | ast.Compare(left=ast.Name(), ops=[ast.Is()], comparators=[ast.Constant(value=None)])
        ):
            means_found = False
        case _:
            return False
    return means_found == any(above in test.body for above in (act, *outline.ancestors(act)))


def _is_locked(node: ast.AST, outline: Outline) -> bool:
    """True under a lock, and in a function that names a way of its own to be the only one."""
    for above in outline.ancestors(node):
        if isinstance(above, _WITH) and any(_locks(item.context_expr, outline) for item in above.items):
            return True
    function = outline.function(node)
    if function is None:
        return False
    if any(_LOCKING.fullmatch(dotted(_called(d)).rpartition(".")[2]) for d in function.decorator_list):
        return True
    text = "\n".join(outline.source.lines[function.lineno - 1 : function.end_lineno])
    acquires = (call for call in inside(function) if isinstance(call, ast.Call) and method_of(call) == "acquire")
    return _SAFE.search(text) is not None or any(True for _ in acquires)


def _locks(manager: ast.expr, outline: Outline) -> bool:
    called = _called(manager)
    return (
        is_lock(called, outline)
        or _LOCKING.fullmatch(dotted(called).rpartition(".")[2]) is not None
        or (isinstance(called, ast.Attribute) and _LOCKING.fullmatch(called.attr) is not None)
    )


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _acts(test: ast.If, check: Check, outline: Outline) -> Iterator[ast.AST]:
    """Yield what is done on the strength of the answer: in the branches, and after a branch that leaves."""
    blocks: list[Sequence[ast.stmt]] = [test.body, test.orelse]
    if isinstance(test.body[-1], _LEAVING) and not isinstance(test.orelse[-1] if test.orelse else None, ast.If):
        blocks.append(_after(test, outline))
        blocks.remove(test.body)
    for block in blocks:
        for node in within(block):
            if isinstance(node, ast.Call) and is_act(node, check, outline) and not is_caught(node, outline, check):
                yield node


def _after(node: ast.stmt, outline: Outline) -> Sequence[ast.stmt]:
    above = outline.parents[node]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and node in block:
            return block[block.index(node) + 1 :][:_FAR]
    return ()


def _own_state(test: ast.If, outline: Outline) -> LineSighting | None:
    """Report a balance that is compared and then lowered, and a thing made once that two can make at once."""
    after = _after(test, outline) if isinstance(test.body[-1], _LEAVING) else test.body
    compared = {dotted(node) for node in nodes_in(test.test) if isinstance(node, ast.Attribute)} - {""}
    for node in within(after):
        target = _lowered(node)
        if target in compared and _AMOUNT.fullmatch(target.rpartition(".")[2]):
            severity = None if _is_saved(test, outline) else Severity.LOW
            message = f"`{target}` may have changed between this test and `{outline.quote(node)}`"
            return LineSighting(outline.line(test), message, severity)
    flag = next((name for name in compared if DONE.fullmatch(name.rpartition(".")[2])), "")
    sets = [
        node for statement in after for node in nodes_in(statement)
        if isinstance(node, ast.Assign) and any(dotted(target) == flag for target in node.targets)
    ]  # fmt: skip
    if flag and sets and not flag.startswith("self.") and _is_saved(test, outline):
        message = f"`{flag}` may have changed between this test and `{outline.quote(sets[0])}`"
        return LineSighting(outline.line(test), message)
    return _made_once(test, outline)


def _lowered(node: ast.AST) -> str:
    match node:
        case ast.AugAssign(target=ast.Attribute() as target, op=ast.Sub() | ast.Add()):
            return dotted(target)
        case ast.Assign(targets=[ast.Attribute() as target], value=ast.BinOp(left=left, op=ast.Sub() | ast.Add())):
            return dotted(target) if dotted(left) == dotted(target) else ""
    return ""


def _is_saved(node: ast.AST, outline: Outline) -> bool:
    """True if the function writes what it changed to where others see it."""
    function = outline.function(node)
    calls = [part for part in inside(function) if isinstance(part, ast.Call)] if function is not None else []
    return any(method_of(call) in ("save", "asave", "commit", "flush", "execute", "update", "put") for call in calls)


def _made_once(test: ast.If, outline: Outline) -> LineSighting | None:
    name = _missing(test.test)
    function = outline.function(test)
    if not name or function is None:
        return None
    for statement in test.body:
        if not isinstance(statement, ast.Assign) or code_of(statement.targets[0]) != name:
            continue
        is_own = isinstance(statement.targets[0], ast.Name) and name not in _globals(function)
        if not is_own and any(isinstance(node, ast.Await) for node in nodes_in(statement.value)):
            message = f"another task can find `{name}` missing too while this one awaits"
            return LineSighting(outline.line(test), message, Severity.LOW)
        first = name.partition(".")[0]
        is_shared = first == "cls" or (first[:1].isupper() and "." in name) or first in _globals(function)
        if is_shared and _is_threaded(outline.source.imports):
            message = f"two threads can both find `{name}` missing and both make it"
            return LineSighting(outline.line(test), message, Severity.LOW)
    return None


def _missing(test: ast.expr) -> str:
    """Return `self.x` for `self.x is None`, `not self.x` and `d[k]` for `k not in d`."""
    match test:
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return code_of(left) if isinstance(left, (ast.Attribute, ast.Name)) else ""
        case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute() | ast.Name() as operand):
            return code_of(operand)
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[ast.Attribute() as store]):
            return f"{code_of(store)}[{code_of(left)}]"
    return ""


def _globals(function: ast.AST) -> frozenset[str]:
    return frozenset(name for node in inside(function) if isinstance(node, ast.Global) for name in node.names)


def _is_threaded(imports: Mapping[str, str]) -> bool:
    return any(origin.startswith(_THREADED) for origin in imports.values())
