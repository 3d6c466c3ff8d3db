"""What a script looks up and then acts on."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.script_lookups import acts_on_files, rows_made
from reviewer.analysis.tokens import Token, tokens_of

FIND = "async function join(email) {\n  const found = await User.findOne({ email });\n"


def tokens(code: str) -> tuple[Token, ...]:
    return tokens_of(ChangedFile(b"shop.ts", None, code.encode(), frozenset(), frozenset()))


def test_a_file_that_was_there_is_acted_on() -> None:
    code = "function clear(file) {\n  if (fs.existsSync(file)) {\n    fs.unlinkSync(file);\n  }\n}\n"

    assert list(acts_on_files(tokens(code))) == [(2, "existsSync", "unlinkSync")]


@pytest.mark.parametrize("act", ["log(file)", "fs.unlinkSync(other)", "fs.rmSync(file, { force: true })"])
def test_another_file_and_what_forgives_do_no_harm(act: str) -> None:
    assert list(acts_on_files(tokens(f"if (fs.existsSync(file)) {{\n  {act};\n}}\n"))) == []


def test_a_row_that_was_missing_is_made() -> None:
    code = FIND + "  if (found) throw new Taken(email);\n  return await User.create({ email });\n}\n"

    assert list(rows_made(tokens(code))) == [(3, "found", "User.create")]


@pytest.mark.parametrize(
    "rest",
    [
        "if (found) return found;\n  await Basket.create({ email });",
        "await User.create({ email });",
        "if (found) return;\n  await db.transaction(() => 1);\n  await User.create({ email });",
    ],
)
def test_another_row_no_test_and_a_transaction_do_no_harm(rest: str) -> None:
    assert list(rows_made(tokens(f"{FIND}  {rest}\n}}\n"))) == []
