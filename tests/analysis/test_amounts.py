"""Numbers with their nouns."""

from reviewer.analysis.amounts import amount


def test_a_noun_agrees_with_its_number() -> None:
    assert [amount(number, "value") for number in (0, 1, 2)] == ["no values", "1 value", "2 values"]
