from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below
from reviewer.analysis.outside import entry_into, is_checked, shown
from reviewer.analysis.place import Place, dotted_name, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_FORMS = regex(r"\w*ModelForm|\w*ModelSerializer|\w*ModelSchema|CreateView|UpdateView|\w*ModelFormMixin")
_MAKERS = regex(r"modelform_factory|modelformset_factory|inlineformset_factory|model_form")
# What is only shown, or filled in by people who may change everything.
_TRUSTED = regex(r"[Aa]dmin|[Ss]taff|ReadOnly|Detail|List|Output|Response|Filter|Export|Import")
_CLASS = regex(r"(?:[A-Z][a-z0-9]+)+")
_NO_ROW = regex(
    r"\w*(?:Request|Response|Schema|Form|Serializer|Error|Exception|Config|Client|Command|Query|Event|In|Dto|DTO)"
)
_ANY_FIELD = regex(r"(?:typing\.|t\.)?(?:dict|Dict|Mapping|MutableMapping|Any)\b")
_ROWS = frozenset({"create", "update", "update_or_create", "get_or_create", "values", "insert_one", "update_one"})
_DATABASES = frozenset({"django", "sqlalchemy", "flask_sqlalchemy", "sqlmodel", "peewee", "mongoengine", "tortoise"})


class MassAssignment(PythonRule):
    """Whatever fields a request names are written to a record, also those nobody meant to offer.

    Why look: with `is_staff`, `balance` or `owner` among them, the sender sets those too.
    Ask: which fields may be changed here, and can they be listed?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 915
    visits = (cst.ClassDef, cst.Call, cst.For)
    words = ("__all__", "exclude", "**", "setattr", "update(", "_factory")

    INVALID = (
        Example(
            "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.patch('/buyers/{number}')\n"
            "def change(number: int, new: dict):\n    buyer = find(number)\n    for name, value in new.items():\n"
            "        setattr(buyer, name, value)\n"
        ),
        Example(
            "from django import forms\n\n\nclass BuyerForm(forms.ModelForm):\n    class Meta:\n        model = Buyer\n"
            "        fields = '__all__'\n"
        ),
        Example(
            "from rest_framework import serializers\n\n\nclass TeaSerializer(serializers.ModelSerializer):\n"
            "    class Meta:\n        model = Tea\n        exclude = ('price',)\n"
        ),
        Example(
            "from flask import request\nfrom shop.models import Buyer\n\n\ndef add():\n"
            "    buyer = Buyer(**request.get_json())\n    db.session.add(buyer)\n"
        ),
        Example(
            "from flask import request\n\n\ndef change(buyer):\n    for name, value in request.json.items():\n"
            "        setattr(buyer, name, value)\n"
        ),
        Example(
            "from django.http import HttpRequest\n\n\ndef change(request, number):\n"
            "    Buyer.objects.filter(pk=number).update(**request.POST.dict())\n"
        ),
        Example(
            "from django.forms import modelform_factory\n\nBuyerForm = modelform_factory(Buyer, fields='__all__')\n"
        ),
        Example(
            "from django.views.generic import UpdateView\n\n\nclass ChangeBuyer(UpdateView):\n    model = Buyer\n"
            "    fields = '__all__'\n"
        ),
    )
    VALID = (
        Example(
            "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.patch('/buyers/{number}')\n"
            "def change(number: int, new: ChangedBuyer):\n    for name, value in new:\n"
            "        setattr(find(number), name, value)\n"
        ),
        Example(
            "from django import forms\n\n\nclass BuyerForm(forms.ModelForm):\n    class Meta:\n        model = Buyer\n"
            "        fields = ['name', 'phone']\n"
        ),
        Example(
            "from django import forms\n\n\nclass BuyerAdminForm(forms.ModelForm):\n    class Meta:\n"
            "        model = Buyer\n        fields = '__all__'\n"
        ),
        Example(
            "from rest_framework import serializers\n\n\nclass TeaSerializer(serializers.ModelSerializer):\n"
            "    class Meta:\n        model = Tea\n        fields = '__all__'\n        read_only_fields = ['price']\n"
        ),
        Example(
            "from flask import request\n\n\ndef change(buyer):\n    for name, value in request.json.items():\n"
            "        if name in OPEN:\n            setattr(buyer, name, value)\n"
        ),
        Example(
            "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.post('/buyers')\n"
            "def add(new: NewBuyer):\n    return Buyer(**new.model_dump())\n"
        ),
        Example("from flask import request\n\n\ndef add():\n    return Buyer(name=request.json['name'])\n"),
        Example("def copy(row):\n    return Buyer(**row)\n"),
        Example(
            "from django import forms\n\n\nclass BuyerForm(forms.ModelForm):\n    class Meta:\n        model = Buyer\n"
            "        fields = '__all__'\n",
            path="tests/test_forms.py",
        ),
    )  # fmt: skip

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        match node:
            case cst.ClassDef():
                yield from _of_form(node, at)
            case cst.Call() if _MAKERS.fullmatch(called_name(node)) and _is_all(keyword(node, "fields")):
                yield Sighting(node, "every field of the model may be filled in, also those added later")
            case cst.Call():
                yield from _given_whole(node, at)
            case cst.For():
                yield from _set_each(node, at)


def _of_form(owner: cst.ClassDef, at: Place) -> Iterator[Sighting]:
    bases = [(at.name(base.value) or "").rpartition(".")[2] for base in owner.bases]
    if (
        not any(_FORMS.fullmatch(base) for base in bases)
        or _TRUSTED.search(owner.name.value)
        or "admin" in at.file.name
    ):
        return
    inner = [part for part in owner.body.body if isinstance(part, cst.ClassDef) and part.name.value == "Meta"]
    if "read_only_fields" in at.code(owner) or (not inner and any("Serializer" in base for base in bases)):
        return
    # A serializer also shows; a form is only ever filled in.
    is_form = not any("Serializer" in base or "Schema" in base for base in bases)
    for scope in inner or [owner]:
        for name, value, statement in _settings(scope):
            if name == "fields" and _is_all(value):
                severity = Severity.MEDIUM if is_form else Severity.LOW
                yield Sighting(
                    statement, f"`{owner.name.value}` takes every field of its model, also later ones", severity
                )
            elif name == "exclude" and not (isinstance(value, (cst.Tuple, cst.List)) and not value.elements):
                said = f"`{owner.name.value}` takes every field of its model but these, also later ones"
                yield Sighting(statement, said, Severity.LOW)


def _settings(scope: cst.ClassDef) -> Iterator[tuple[str, cst.BaseExpression, cst.CSTNode]]:
    for line in scope.body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Name):
                yield small.targets[0].target.value, small.value, small


def _is_all(value: cst.BaseExpression | None) -> bool:
    if value is None:
        return False
    return string_value(value) == "__all__" or (dotted_name(value) or "").rpartition(".")[2] == "ALL_FIELDS"


def _given_whole(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `Buyer(**request.json)`."""
    name = called_name(call)
    is_model = isinstance(call.func, cst.Name) and _CLASS.fullmatch(name) and not _NO_ROW.fullmatch(name)
    if not is_model and (name not in _ROWS or not isinstance(call.func, cst.Attribute)):
        return
    if is_model and not _is_model(name, at):
        return
    for argument in call.args:
        if argument.star != "**":
            continue
        entry = entry_into(argument.value, at, _is_picked)
        is_whole = entry is not None and entry.is_remote and _is_open(entry.node, at)
        if entry is not None and is_whole and not is_checked(entry, call, at):
            yield Sighting(call, f"`{shown(call.func, at)}` takes every field that `{shown(entry.node, at)}` names")


def _is_open(node: cst.CSTNode, at: Place) -> bool:
    """True for what may hold any field: a plain dictionary of the request, and not a model with fields of its own."""
    if not isinstance(node, cst.Param):
        return True
    kind = at.code(node.annotation.annotation) if node.annotation is not None else ""
    return _ANY_FIELD.match(kind) is not None


def _is_model(name: str, at: Place) -> bool:
    """True for a class of a table, by where it comes from or by what the file works with."""
    origin = at.imports.get(name, "")
    modules = {each.partition(".")[0] for each in at.imports.values()}
    return "model" in origin.lower() or "entities" in origin or bool(modules & _DATABASES)


def _set_each(loop: cst.For, at: Place) -> Iterator[Sighting]:
    """Report a loop that sets on an object whatever a request names."""
    names = {node.value for node in below(loop.target) if isinstance(node, cst.Name)}
    calls = [node for node in below(loop.body) if isinstance(node, cst.Call) and called_name(node) == "setattr"]
    for call in calls:
        named = call.args[1].value if len(call.args) > 1 else None
        if not isinstance(named, cst.Name) or named.value not in names:
            continue
        code = at.code(loop.body)
        is_picked = any(f"{named.value} {word}" in code for word in ("in ", "not in ", "== ", "!= "))
        entry = entry_into(loop.iter, at, _is_picked)
        if entry is not None and entry.is_remote and _is_open(entry.node, at) and not is_picked:
            yield Sighting(call, f"`setattr` sets whatever `{shown(entry.node, at)}` names")


def _is_picked(node: cst.CSTNode) -> bool:
    """True for what a form, a schema or a comprehension has chosen."""
    match node:
        case cst.Call():
            name = called_name(node)
            return name in ("model_dump", "load", "asdict", "pick", "only") or "valid" in name or "clean" in name
        case cst.Attribute(attr=cst.Name("validated_data" | "cleaned_data")):
            return True
        case cst.DictComp(for_in=cst.CompFor(ifs=[_, *_])):
            return True
        case _:
            return False
