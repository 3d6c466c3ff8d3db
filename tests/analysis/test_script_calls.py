"""Calls by which a script drops the promise of an async function of its own."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.script_calls import unawaited_calls
from reviewer.analysis.tokens import tokens_of

MAIL = "async function mail(order) {\n  await send(order);\n}\n"


def dropped(code: str) -> list[tuple[str, int]]:
    file = ChangedFile(b"shop.ts", None, code.encode(), frozenset(), frozenset())
    return [(call.text, call.line) for call in unawaited_calls(tokens_of(file))]


@pytest.mark.parametrize(
    "statement", ["mail(order);", "this.mail(order);", "mail(order).then(show);", "mail(order) // later"]
)
def test_a_statement_of_its_own_drops_the_promise(statement: str) -> None:
    assert dropped(f"{MAIL}function buy(order) {{\n  {statement}\n}}\n") == [("mail", 5)]


@pytest.mark.parametrize(
    "statement",
    ["await mail(order);", "return mail(order);", "const job = mail(order);", "mail(order).catch(log);", "keep(mail);"],
)
def test_a_promise_that_somebody_takes_is_not_dropped(statement: str) -> None:
    assert dropped(f"{MAIL}function buy(order) {{\n  {statement}\n}}\n") == []


def test_a_function_that_catches_all_may_be_left_alone() -> None:
    safe = (
        "async function mail(order) {\n  try {\n    await send(order);\n  } catch (error) {\n    log(error);\n  }\n}\n"
    )

    assert dropped(safe + "function buy(order) {\n  mail(order);\n}\n") == []
