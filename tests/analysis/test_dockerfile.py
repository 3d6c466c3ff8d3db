"""Instructions of a Dockerfile, each whole and in its stage."""

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import Instruction, instructions_of


def instructions(text: str) -> list[Instruction]:
    return list(instructions_of(ChangedFile(b"Dockerfile", None, text.encode(), frozenset(), frozenset())))


def test_continued_lines_are_one_instruction() -> None:
    run, cmd = instructions("RUN a \\\n  # why\n  && b \\\n\n  && c\nCMD d\n")

    assert (run.text, run.line, run.line_of("&& b")) == ("a && b && c", 1, 3)
    assert (cmd.name, cmd.line) == ("CMD", 6)


def test_stages_are_counted() -> None:
    assert [one.stage for one in instructions("ARG A\nFROM a\nRUN b\nfrom c\nRUN d\n")] == [0, 1, 1, 2, 2]


def test_what_is_no_instruction_is_left_out() -> None:
    assert [one.name for one in instructions("# RUN a\nnonsense b\nRUN c\n")] == ["RUN"]


def test_a_here_document_belongs_to_its_instruction() -> None:
    run, cmd = instructions("RUN <<EOF\nFROM a\nEOF\nCMD b\n")

    assert "FROM a" in run.text
    assert cmd.line == 4


def test_no_end_is_an_end() -> None:
    assert [one.name for one in instructions("RUN a \\")] == ["RUN"]
    assert [one.name for one in instructions("RUN <<EOF\na")] == ["RUN"]
