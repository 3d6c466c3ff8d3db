import json

from hypothesis import given
from hypothesis import strategies as some

from reviewer.analysis.notebook import python_of
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job
from tests.scratch import Scratch


def _notebook(*cells: tuple[str, str]) -> bytes:
    """Return a notebook as Jupyter writes it."""
    written = [
        {"cell_type": kind, "execution_count": None, "metadata": {}, "outputs": [], "source": text.splitlines(True)}
        for kind, text in cells
    ]
    return (json.dumps({"cells": written, "metadata": {}, "nbformat": 4}, indent=1, sort_keys=True) + "\n").encode()


def test_each_line_of_code_stays_on_the_line_it_is_written_on() -> None:
    raw = _notebook(("markdown", "# not code"), ("code", "a = 1\nprint('a \"b\"')"))

    code = python_of(raw).decode().split("\n")

    assert len(code) == raw.count(b"\n") + 1
    assert [line for line in code if line] == ["a = 1", "print('a \"b\"')"]
    assert raw.decode().split("\n")[code.index("a = 1")].strip() == '"a = 1\\n",'


def test_shell_commands_and_magics_are_left_out() -> None:
    code = python_of(_notebook(("code", "%matplotlib inline\n!pip install x\nfiles = !ls\nlen?\na = 1")))

    assert code.split() == [b"a", b"=", b"1"]


def test_a_cell_that_is_no_python_takes_no_other_with_it() -> None:
    code = python_of(_notebook(("code", "%%bash\nfor f in *; do echo $f; done"), ("code", "a = 1")))

    assert code.split() == [b"a", b"=", b"1"]


@given(some.lists(some.sampled_from(["a = 1\n", "if a:\n", "    b()\n", "\n", "'''\n", "x = '\\n'\n"]), max_size=8))
def test_the_number_of_lines_never_changes(lines: list[str]) -> None:
    raw = _notebook(("code", "".join(lines)))

    assert python_of(raw).count(b"\n") == raw.count(b"\n")


@given(some.binary())
def test_what_is_no_notebook_is_no_code(raw: bytes) -> None:
    assert not python_of(raw).strip()


def test_a_fault_in_a_cell_is_flagged_on_its_line(scratch: Scratch) -> None:
    scratch.commit({"a.txt": ""})
    raw = _notebook(("code", "import requests\npage = requests.get(url)"))
    scratch.write("load.ipynb", raw)

    found = [one for group in inspect_here(Job(scratch.diff(), scratch.repository)) for one in group]

    (flag,) = [one for one in found if one.rule == "missing-timeout"]
    assert raw.decode().split("\n")[flag.line - 1].strip() == '"page = requests.get(url)"'
    assert flag.code == "page = requests.get(url)"
