from pathlib import Path

import pytest

from reviewer.analysis.change import Change, changed_file
from reviewer.analysis.engine import inspect
from reviewer.analysis.finding import Finding
from reviewer.analysis.rules import all_rules
from reviewer.configuration.preferences import KeyChoice
from reviewer.demo import ANSWERS, GUIDE, RANGE, build_demo
from reviewer.diff.model import Diff, Status
from reviewer.errors import ReviewerError
from reviewer.repository import Repository, Texts, choose_target, read_diff
from reviewer.tui.keymap import SHIPPED, key_map

RULES_WITH_A_FAULT = (
    "bare-except",
    "blocking-in-async",
    "hardcoded-secret",
    "hardcoded-timeout",
    "missing-timeout",
    "mutable-default",
    "n-plus-one",
    "no-test-in-change",
    "select-star",
    "sql-injection",
    "swallowed-exception",
    "unguarded-division",
)
FAULTLESS_FILES = (b"README.md", b"bin/nightly-report", b"docs/packing-list.md", b"shop/settings.py")
HOSTILE_CONFIG = """\
[init]
    defaultBranch = trunk
    templateDir = {home}/template
[core]
    autocrlf = true
    hooksPath = {home}/template/hooks
    excludesFile = {home}/ignored
    attributesFile = {home}/attributes
[commit]
    gpgSign = true
[user]
    name = Somebody Else
    useConfigOnly = true
[i18n]
    commitEncoding = latin1
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return build_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def diff(demo: Repository) -> Diff:
    return read_diff(demo, choose_target(demo, RANGE))


@pytest.fixture(scope="module")
def findings(demo: Repository, diff: Diff) -> list[Finding]:
    texts = Texts(demo)
    files = tuple(changed_file(file, old_text=texts.old(file), new_text=texts.new(file)) for file in diff.files)
    return [finding for _, some in inspect(Change(files), all_rules()) for finding in some]


def _tips(repository: Repository) -> bytes:
    return repository.run("for-each-ref", "--format=%(refname) %(objectname)")


def test_two_demos_are_the_same_commits(demo: Repository, tmp_path: Path) -> None:
    again = build_demo(tmp_path)

    assert _tips(again) == _tips(demo)


def test_the_change_is_checked_out_and_nothing_else_lies_there(demo: Repository) -> None:
    assert demo.run("status", "--porcelain", "--branch") == b"## faster-checkout\n"


def test_the_change_can_be_read_in_one_sitting(diff: Diff) -> None:
    hunks = list(diff.walk())

    assert 10 <= len(hunks) <= 14
    assert diff.changed_lines < 150


def test_the_walk_meets_a_rename_and_a_mode(diff: Diff) -> None:
    textless = {file.status: file for file in diff.files if not file.text_hunks}

    assert textless[Status.RENAMED].similarity == 100
    assert (textless[Status.MODIFIED].old_mode, textless[Status.MODIFIED].new_mode) == ("100644", "100755")


@pytest.mark.parametrize("slug", RULES_WITH_A_FAULT)
def test_a_rule_has_something_to_find(slug: str, findings: list[Finding]) -> None:
    assert slug in {finding.rule for finding in findings}


def test_nothing_is_found_in_files_without_a_fault(findings: list[Finding]) -> None:
    assert [finding for finding in findings if finding.path in FAULTLESS_FILES] == []


def test_nothing_is_found_in_the_rewritten_table(diff: Diff, findings: list[Finding]) -> None:
    report = next(file for file in diff.files if file.path == b"shop/report.py")
    table = report.text_hunks[-1]

    assert b'+    return "".join(f"{name' in table.body
    lines = range(table.new_start, table.new_start + table.new_count)
    assert [finding for finding in findings if finding.path == report.path and finding.line in lines] == []


def test_what_only_a_person_finds_is_told_of_no_line_by_a_rule(findings: list[Finding]) -> None:
    assert [finding for finding in findings if finding.path == b"db/monthly_revenue.sql"] == []


def test_the_commit_says_what_was_asked_and_who_wrote_it(demo: Repository) -> None:
    message = demo.run("log", "-1", "--format=%B").decode()

    assert "Asked for by the shop:" in message
    assert "Co-authored-by: Steepwise AI Assistant" in message
    assert all(len(line) <= 72 for line in message.splitlines())


def test_every_fault_is_explained_in_the_end() -> None:
    assert [slug for slug in RULES_WITH_A_FAULT if slug not in ANSWERS] == []


def test_the_guide_fits_a_small_screen() -> None:
    assert 5 <= len(GUIDE) <= 7
    assert all(len(line.format_map(SHIPPED.first)) < 70 for line in GUIDE)
    assert GUIDE[1].format_map(SHIPPED.first) == "]  next hunk          space  I have read this one"


def test_the_guide_names_the_keys_of_whoever_reads_it() -> None:
    plain = key_map(KeyChoice("plain", {"next_flag": ()})).first

    assert GUIDE[1].format_map(plain) == "n  next hunk          space  I have read this one"
    assert GUIDE[2].format_map(plain).startswith("the palette next flag")
    assert GUIDE[5].format_map(plain) == "F10 leave, and see what there was to find"


def test_the_users_git_settings_change_nothing(
    demo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    hooks = home / "template" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("pre-commit", "commit-msg", "post-checkout"):
        hooks.joinpath(name).write_text("#!/bin/sh\nexit 1\n")
        hooks.joinpath(name).chmod(0o755)
    home.joinpath("ignored").write_text("*.sql\nbin/\n")
    home.joinpath("attributes").write_text("* text eol=crlf\n")
    home.joinpath(".gitconfig").write_text(HOSTILE_CONFIG.format(home=home))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    folder = tmp_path / "demo"
    folder.mkdir()

    repository = build_demo(folder)

    assert _tips(repository) == _tips(demo)
    assert not folder.joinpath(".git", "hooks").exists()
    assert b"\r" not in folder.joinpath("README.md").read_bytes()


def test_a_repository_named_by_the_environment_is_left_alone(
    demo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine", "demo"):
        tmp_path.joinpath(name).mkdir()
    mine = build_demo(tmp_path / "mine")
    mine.run("update-ref", "-d", "refs/heads/main")
    before = _tips(mine)

    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", str(mine.git_dir))
        patch.setenv("GIT_WORK_TREE", str(mine.top))
        patch.setenv("GIT_INDEX_FILE", str(mine.git_dir / "index"))
        built = build_demo(tmp_path / "demo")

    assert _tips(mine) == before
    assert _tips(built) == _tips(demo)


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("letter.txt").write_text("dear")

    with pytest.raises(ReviewerError, match="is not empty"):
        build_demo(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="is no folder"):
        build_demo(tmp_path / "nowhere")
