from reviewer.configuration.preferences import WHOLE_FILES
from reviewer.configuration.words import said_by, said_in


def test_variables_are_read_each_under_its_own_name() -> None:
    said = said_in({"REVIEWER_CONTEXT": "whole", "REVIEWER_MOUSE": "off", "REVIEWER_THEME": "", "PATH": "/bin"})

    assert [(layer.sources, layer.view) for layer in said.layers] == [
        (("REVIEWER_CONTEXT",), {"context": WHOLE_FILES}),
        (("REVIEWER_MOUSE",), {"mouse": False}),
    ]
    assert not said.mistakes


def test_every_variable_that_is_wrong_is_named() -> None:
    said = said_in({"REVIEWER_LAYOUT": "sideways", "REVIEWER_TEHME": "nord", "REVIEWER_CONFG": "x"})

    assert said.mistakes == (
        'REVIEWER_LAYOUT: "layout" must be one of "auto", "unified", "split", not "sideways"',
        "REVIEWER_CONFG: there is no such variable; did you mean REVIEWER_CONFIG?",
        "REVIEWER_TEHME: there is no such variable; did you mean REVIEWER_THEME?",
    )


def test_a_variable_of_another_program_is_none_of_ours() -> None:
    assert not said_in({"REVIEWER_EMAIL": "x", "REVIEWER_" + "X" * 90: "1", "REVIEWER_NO_CACHE": "1"}).mistakes


def test_a_flag_is_named_as_it_is_typed() -> None:
    (layer,) = said_by({"word_emphasis": "off"}).layers

    assert (layer.sources, layer.view) == (("--word-emphasis",), {"word_emphasis": False})
