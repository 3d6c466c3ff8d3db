import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Money, rights, and what is gone for good: changes somebody will ask about.
_GRAVE = regex(
    r"_?(\w+_)?(charge|refund|pay|payout|withdraw|deposit|debit|transfer_(money|funds|balance)|transfer|grant|revoke|"
    r"promote|demote|ban|unban|suspend|deactivate|impersonate|purge|erase|anonymi[sz]e|"
    r"(change|reset|set|update)_(\w*password|\w*role|\w*roles|\w*permissions?|\w*balance|\w*price|\w*salary|\w*limit)|"
    r"(delete|remove|close|disable|deactivate|merge)_(\w*user|\w*users|\w*account|\w*accounts|\w*customer|\w*member|"
    r"\w*tenant|\w*order|\w*payment|\w*invoice|\w*subscription|\w*records?|\w*employee)|"
    r"(approve|reject|cancel)_(\w*order|\w*payment|\w*loan|\w*claim|\w*invoice|\w*subscription|\w*request))(_\w+)?"
)
_WRITES = frozenset(
    {"save", "commit", "delete", "charge", "refund", "capture", "transfer", "bulk_update", "bulk_create"}
)
_DOCUMENTS = frozenset(
    {"update_one", "update_many", "delete_one", "delete_many", "insert_one", "put_item", "delete_item"}
)
_TELLS = regex(
    r"\w*(log|audit|event|history|emit|publish|notify|record|track|journal|print|signal|trail)\w*", re.IGNORECASE
)
_STORES = regex(
    r"\w*(repository|repo|dao|store|manager|queryset|mapper|gateway|migration|backend|adapter)", re.IGNORECASE
)


class MutationWithoutAuditLog(ModuleRule):
    """Money, rights or somebody's data are changed, and no trace is kept of who did it.

    Why look: when a customer asks what happened to the account, the new state is all there is.
    Ask: who changed what, when, and where can one read it afterwards?
    """

    informs = "debug"
    severity = Severity.LOW
    cwe = 778
    words = ("def ",)

    INVALID = (
        Example("def refund_order(order, amount):\n    order.refunded += amount\n    order.save()\n"),
        Example("def delete_user(db, n):\n    db.execute('DELETE FROM users WHERE id = ?', (n,))\n    db.commit()\n"),
        Example(
            "class Accounts:\n    def grant_role(self, user, role):\n        user.role = role\n"
            "        session.commit()\n"
        ),
        Example("def charge_customer(customer, cents):\n    stripe.Charge.create(amount=cents)\n    customer.save()\n"),
        Example("async def reset_password(user, new):\n    user.password = digest(new)\n    await session.commit()\n"),
    )
    VALID = (
        Example("def refund_order(order):\n    order.save()\n    logger.info('refunded %s', order.id)\n"),
        Example("def delete_user(db, n):\n    db.commit()\n    audit.write('user deleted', n)\n"),
        Example("class UserRepository:\n    def delete_user(self, n):\n        self.session.commit()\n"),
        Example("def rename_order(order, name):\n    order.name = name\n    order.save()\n"),
        Example("def refund_total(orders):\n    return sum(order.refund for order in orders)\n"),
        Example("def delete_user(n):\n    with AuditTrail(n):\n        db.commit()\n"),
        Example("def delete_user(db, n):\n    db.commit()\n", path="tests/test_users.py"),
        Example("def transfer_style(page):\n    page.style = 1\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or "migrations/" in file.name:
            return
        for function, owner in _functions(source.tree):
            if _GRAVE.fullmatch(function.name) is None or (owner is not None and _STORES.fullmatch(owner)):
                continue
            nodes = list(nodes_in(function))
            writes = [
                (node, text) for node in nodes if isinstance(node, ast.Call) and (text := _write(node)) is not None
            ]
            if writes and not any(_tells(node) for node in nodes):
                node, write = writes[0]
                lines = [source.numbers[line - 1] for line in (function.lineno, node.lineno)]
                message = f"`{function.name}` ends in `{write}` and leaves no trace of who did it"
                yield LineSighting(lines[1] if lines[1] in file.added else lines[0], message)


def _functions(tree: ast.Module) -> Iterator[tuple[Function, str | None]]:
    """Yield the functions of a module with the class they are methods of."""
    for node in nodes_in(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((part, node.name) for part in node.body if isinstance(part, Function))
    yield from ((node, None) for node in tree.body if isinstance(node, Function))


def _write(node: ast.Call) -> str | None:
    if not isinstance(node.func, ast.Attribute):
        return None
    method = node.func.attr
    if method in _DOCUMENTS or (method in _WRITES and not node.args):
        return f"{ast.unparse(node.func)[-40:]}(...)"
    first = node.args[0] if node.args else None
    verb = str(first.value).lstrip()[:6].upper() if isinstance(first, ast.Constant) else ""
    return f"{verb} ..." if method == "execute" and verb in ("UPDATE", "DELETE", "INSERT") else None


def _tells(node: ast.AST) -> bool:
    """True for a call of a logger, an audit trail, an event bus, or of an object named so."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
    return any(_TELLS.fullmatch(part) for part in name.split("."))
