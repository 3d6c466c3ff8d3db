"""What attributes a class has."""

import ast

import pytest

from reviewer.analysis.class_members import builtin_members, members_of_class

INIT = "    def __init__(self):\n        self.lines = []\n        total = 0\n"


def members(code: str, name: str = "Order") -> frozenset[str] | None:
    module = ast.parse(code)
    owner = next(each for each in module.body if isinstance(each, ast.ClassDef) and each.name == name)
    return members_of_class(owner, module)


def test_a_class_has_what_its_methods_bases_and_heirs_give_it() -> None:
    code = (
        "class Base:\n    def show(self): ...\n\n"
        f"class Order(Base):\n    rate = 1\n{INIT}\n"
        "class Tea(Order):\n    def brew(self): ...\n"
    )

    known = members(code)

    assert known is not None
    assert {"show", "rate", "brew", "__init__", "__dict__"} <= known
    assert "weigh" not in known


@pytest.mark.parametrize(
    "code",
    [
        f"class Order(Other):\n{INIT}",
        f"@register\nclass Order:\n{INIT}",
        f"class Order(metaclass=Meta):\n{INIT}",
        f"class Order:\n{INIT}\n    def __getattr__(self, name): ...\n",
        f"class Order:\n{INIT}        setattr(self, name, 1)\n",
        "class Order:\n    def total(self): ...\n",
    ],
)
def test_a_class_that_may_have_others_is_not_known(code: str) -> None:
    assert members(code) is None


def test_a_part_of_other_classes_is_not_known() -> None:
    assert members(f"class OrderMixin:\n{INIT}", "OrderMixin") is None


def test_builtin_types_have_what_they_have() -> None:
    known = builtin_members("list")

    assert known is not None
    assert "append" in known
    assert "push" not in known
