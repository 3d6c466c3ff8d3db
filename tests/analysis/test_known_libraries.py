"""What some much used libraries offer."""

from reviewer.analysis.known_libraries import KEYWORDS, NAMES


def test_what_sends_a_request_takes_a_timeout_and_a_session_takes_nothing() -> None:
    assert "timeout" in KEYWORDS["requests.get"]
    assert "retries" not in KEYWORDS["httpx.post"]
    assert KEYWORDS["requests.Session"] == frozenset()


def test_the_verbs_are_names_of_the_module() -> None:
    assert {"get", "Session", "HTTPError"} <= NAMES["requests"]
    assert "fetch" not in NAMES["requests"]
