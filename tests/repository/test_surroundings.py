from reviewer.repository import Surroundings
from tests.scratch import Scratch


def test_a_commit_has_the_files_it_holds_wherever_one_stands(scratch: Scratch) -> None:
    commit = scratch.commit({"a.py": "a = 1\n", "shop/b.py": "b = 1\n"})
    scratch.write("a.py", "a = 2\n")
    scratch.write("c.py", "c = 1\n")

    around = Surroundings(scratch.repository, commit)

    assert around.paths() == {b"a.py", b"shop/b.py"}
    assert around.read([b"a.py", b"c.py"]) == {b"a.py": b"a = 1\n"}


def test_the_working_tree_has_what_is_new_but_not_what_is_ignored(scratch: Scratch) -> None:
    scratch.commit({"a.py": "a = 1\n", ".gitignore": "*.log\n"})
    scratch.write("a.py", "a = 2\n")
    scratch.write("c.py", "c = 1\n")
    scratch.write("c.log", "ignored")

    around = Surroundings(scratch.repository, None)

    assert around.paths() == {b".gitignore", b"a.py", b"c.py"}
    assert around.read([b"a.py", b"c.py"]) == {b"a.py": b"a = 2\n", b"c.py": b"c = 1\n"}


def test_a_link_is_not_read(scratch: Scratch) -> None:
    scratch.commit({"a.py": "a = 1\n"})
    (scratch.folder / "link.py").symlink_to("/etc/passwd")

    assert Surroundings(scratch.repository, None).read([b"link.py"]) == {}


def test_in_a_commit_a_link_is_no_file(scratch: Scratch) -> None:
    (scratch.folder / "link.py").symlink_to("a.py")
    commit = scratch.commit({"a.py": "a = 1\n"})

    assert Surroundings(scratch.repository, commit).paths() == {b"a.py"}
