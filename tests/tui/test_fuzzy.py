from hypothesis import given
from hypothesis import strategies as st

from reviewer.tui.fuzzy import rank

_PATHS = [
    "reviewer/tui/screens/review.py",
    "reviewer/tui/screens/sign_off.py",
    "reviewer/review/order.py",
    "tests/review/test_order.py",
    "docs/reordering-files.md",
    "web/OrderList.tsx",
    "setup.cfg",
]


def _found(typed: str) -> list[str]:
    ranked = ((rank(typed, path), path) for path in _PATHS)
    return [path for _, path in sorted((each, path) for each, path in ranked if each is not None)]


def test_a_files_own_name_comes_before_its_folders_and_a_beginning_before_a_middle() -> None:
    assert _found("order") == [
        "reviewer/review/order.py",
        "web/OrderList.tsx",
        "tests/review/test_order.py",
        "docs/reordering-files.md",
    ]
    assert _found("review")[0] == "reviewer/tui/screens/review.py"


def test_first_letters_of_words_and_letters_in_their_order_are_enough() -> None:
    assert _found("so") == ["reviewer/tui/screens/sign_off.py", *_found("so")[1:]]
    assert _found("ol")[0] == "web/OrderList.tsx"
    assert _found("stpcfg") == ["setup.cfg"]


def test_every_word_must_fit() -> None:
    assert _found("test order") == ["tests/review/test_order.py"]
    assert _found("tui/scr sign") == ["reviewer/tui/screens/sign_off.py"]
    assert _found("order zzz") == []


@given(st.text("abc/_.A ", max_size=6), st.text("abc/_.A", max_size=12))
def test_what_holds_the_letters_in_their_order_is_found_and_nothing_else(typed: str, path: str) -> None:
    def holds(word: str) -> bool:
        letters = iter(path.lower())
        return all(letter in letters for letter in word)

    assert (rank(typed, path) is not None) == all(holds(word) for word in typed.lower().split())
