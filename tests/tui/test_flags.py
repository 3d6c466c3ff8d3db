"""The list of flags: filtered by words, gone to, and kept to by the keys that go from flag to flag."""

from pathlib import Path

from tests.tui.stage import Stage, make_repository, play

FAULTY = (
    "import pickle\n\nimport requests\n\n\ndef _load(url):\n    try:\n"
    "        return pickle.loads(requests.get(url).content)\n    except OSError:\n        pass\n"
)


def _folder(tmp_path: Path) -> Path:
    return make_repository(tmp_path, {"a.py": ("", FAULTY), "b.py": ("", "import requests\n\nrequests.get(URL)\n")})


def test_the_list_keeps_to_the_words_typed_and_goes_to_the_flag_chosen(tmp_path: Path) -> None:
    async def show(stage: Stage) -> None:
        await stage.settled()
        await stage.press("L")
        await stage.until("a.py:9")
        whole = stage.frame
        await stage.type("timeout b.py")
        await stage.until("b.py:3")
        left = stage.frame
        await stage.press("enter")
        await stage.until("high missing-timeout")

        assert "swallowed-exception  a.py:9  open" in whole
        assert "swallowed-exception" not in left
        assert "missing-timeout" in stage.frame
        assert "b.py" in stage.frame

    play(Stage(_folder(tmp_path)), show)


def test_f_keeps_to_the_words_until_escape(tmp_path: Path) -> None:
    async def show(stage: Stage) -> None:
        await stage.settled()
        await stage.press("L")
        await stage.type("swallowed")
        await stage.press("enter")
        await stage.press("f")
        kept = stage.frame
        await stage.press("escape", "f")

        assert "Why look: the failure still happens" in kept
        assert "Why look: the failure still happens" not in stage.frame

    play(Stage(_folder(tmp_path)), show)


def test_a_secret_is_dots_until_it_is_asked_for(tmp_path: Path) -> None:
    secret = "ghp_" + "x7Kq2mVt9LwZ4nRb8YcDf3GhJ6PsAeUo1iNM"
    text = f'TOKEN = "{secret}"\nNAME = "orders"\n'

    async def show(stage: Stage) -> None:
        await stage.settled()
        await stage.until("hardcoded-secret")
        hidden = stage.frame
        await stage.press("s")

        assert secret not in hidden
        assert f'TOKEN = "{"•" * len(secret)}"' in hidden
        assert 'NAME = "orders"' in hidden
        assert secret in stage.frame

    play(Stage(make_repository(tmp_path, {"a.py": ("", text)})), show)


def test_what_no_rule_has_seen_is_no_secret(tmp_path: Path) -> None:
    text = f'NAME = "{"orders" * 200_000}"\n'

    async def show(stage: Stage) -> None:
        await stage.settled()
        await stage.until("not-inspected")

        assert 'NAME = "ordersorders' in stage.frame

    play(Stage(make_repository(tmp_path, {"a.py": ("", text)})), show)


def test_without_a_flag_there_is_no_list(tmp_path: Path) -> None:
    async def show(stage: Stage) -> None:
        await stage.settled()
        await stage.press("L")

        assert [toast.message for toast in stage.app._notifications] == ["no flag"]

    play(Stage(make_repository(tmp_path, {"notes.md": ("# Notes\n", "# Notes\n\nMore.\n")})), show)
