from reviewer.analysis.blocks import Blocks, Kind, blocks_of
from reviewer.analysis.change import ChangedFile


def _blocks(code: str, path: str) -> Blocks:
    return blocks_of(ChangedFile(path.encode(), None, code.encode(), frozenset(), frozenset()))


def _functions(code: str, path: str) -> list[tuple[str, str, bool]]:
    return [(body.name, body.taker, body.is_async) for body in _blocks(code, path).functions]


def test_functions_of_scripts_are_found_by_name_and_by_who_takes_them() -> None:
    code = (
        "export async function load<T>(id: string, { deep }: Options): Promise<Tea[]> { return []; }\n"
        "const brew = async (tea) => { teas.map((one) => one.name); };\n"
        "class Shop { async close(): Promise<void> { if (open) { stop(); } } }\n"
    )

    assert _functions(code, "shop/tea.ts") == [
        ("load", "", True), ("brew", "", True), ("", "map", False), ("close", "", True),
    ]  # fmt: skip


def test_functions_of_go_may_return_several_values() -> None:
    code = "func (s *Shop) Tea(id string) ([]Tea, error) {\n\tgo func() {\n\t\tbrew()\n\t}()\n\treturn nil, nil\n}\n"

    assert [name for name, _, _ in _functions(code, "shop/tea.go")] == ["Tea", ""]


def test_a_function_that_makes_an_interface_is_one() -> None:
    code = "func Tea() interface{} {\n\treturn sync.Pool{New: func() interface{} { return 1 }}\n}\n"

    assert len(_functions(code, "shop/tea.go")) == 2


def test_lambdas_of_java_are_functions() -> None:
    code = (
        "class Shop {\n  List<Tea> all() throws IOException {\n"
        "    return ids.stream().map(id -> teas.get(id)).toList();\n  }\n}\n"
    )

    assert _functions(code, "shop/Shop.java") == [("all", "", False), ("", "map", False)]


def test_loops_end_at_the_function_they_stand_in() -> None:
    blocks = _blocks("for (const tea of teas) {\n  brew(tea);\n  later(() => { drink(tea); });\n}\n", "shop/tea.js")
    brew, drink = blocks.words.index("brew"), blocks.words.index("drink")

    assert [body.kind for body in blocks.loops(brew)] == [Kind.LOOP]
    assert blocks.loops(drink) == []


def test_own_words_are_those_of_no_inner_function() -> None:
    blocks = _blocks("function all() { one(); each(() => { two(); }); three(); }\n", "shop/tea.js")
    own = [blocks.words[place] for place in blocks.own(blocks.functions[0])]

    assert "two" not in own
    assert [word for word in own if word in ("one", "three")] == ["one", "three"]


def test_signs_that_a_lexer_cuts_are_one_word() -> None:
    words = _blocks("class A { boolean f() { return a == b && c != d; } }\n", "shop/A.java").words

    assert {"==", "&&", "!="} <= set(words)


def test_a_bracket_in_a_hole_of_a_string_belongs_to_it() -> None:
    blocks = _blocks("start(`tea ${name} now`, 1);\n", "shop/tea.js")

    assert blocks.pairs[blocks.words.index("(")] == len(blocks.words) - 2


def test_a_statement_goes_on_where_a_line_begins_with_a_dot() -> None:
    blocks = _blocks("return teas\n  .filter(hot)\n  .map(name)\nstop()\n", "shop/tea.js")
    place = blocks.words.index("map")

    assert blocks.begin_of(place) == 0
    assert blocks.words[blocks.end_of(place)] == "stop"


def test_hostile_nesting_is_read_in_no_time() -> None:
    blocks = _blocks("f(x => {\n" * 5000, "shop/tea.js")

    assert blocks.functions == []
