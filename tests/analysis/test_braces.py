import pytest

from reviewer.analysis.braces import Body, body_around, go_bodies, own_places, script_bodies
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.tokens import Token, tokens_of


def _tokens(code: str, path: str = "shop.ts") -> tuple[Token, ...]:
    return tokens_of(ChangedFile(path.encode(), None, code.encode(), frozenset(), frozenset()))


def _named(bodies: list[Body]) -> list[tuple[str, bool]]:
    return [(body.name, body.is_async) for body in bodies]


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("async function load(url) { go(); }", [("load", True)]),
        ("function load<T>(url: string): Promise<T> { go(); }", [("load", False)]),
        ("const load = async (url: string): Promise<void> => { go(); };", [("load", True)]),
        ("const load = async url => { go(); };", [("load", True)]),
        ("class Shop { async save(tea) { go(); } }", [("save", True)]),
        ("if (a) { go(); } for (const b of c) { go(); }", []),
        ("run(a, b);", []),
        ("rows.map((row) => { go(row); });", [("", False)]),
    ],
)
def test_functions_are_found_by_their_braces(code: str, named: list[tuple[str, bool]]) -> None:
    assert _named(list(script_bodies(_tokens(code)))) == named


def test_a_handler_of_requests_is_known_by_its_parameters() -> None:
    (body,) = script_bodies(_tokens("app.get('/teas', (req, res) => { res.send(1); });"))

    assert body.serves


def test_go_functions_are_found_whatever_they_return() -> None:
    code = "func a(p string) (*T, error) { x() }\nfunc (s *S) b() interface{} { y() }\n"

    assert len(go_bodies(_tokens(code, "shop.go"))) == 2


def test_a_token_belongs_to_the_innermost_function() -> None:
    tokens = _tokens("async function a() { b(() => { c(); }); d(); }")
    bodies = script_bodies(tokens)
    places = {token.text: place for place, token in enumerate(tokens)}

    assert [body_around(bodies, places[name]) for name in "bcd"] == [bodies[0], bodies[1], bodies[0]]
    assert places["c"] not in set(own_places(bodies[0], bodies))
    assert places["d"] in set(own_places(bodies[0], bodies))
