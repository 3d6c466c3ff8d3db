"""Values to JSON and back, by their types: enums by value, bytes as text or base64, objects field by field."""

from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from reviewer.diff.encoding import from_json_text, json_text

Json = Any  # what `json` reads: `from_json` checks it before anything else sees it


class WrongShape(ValueError):
    """JSON that does not hold the value it should."""


def fields_to_json(value: object) -> dict[str, Json]:
    return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]  # a dataclass, by construction


def to_json(value: object) -> Json:
    if isinstance(value, bytes):
        return json_text(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if is_dataclass(value):
        return fields_to_json(value)
    return value


def from_json(raw: Json, kind: Any) -> Any:
    """Return the value of the given type that `raw` holds; unknown keys of an object are passed over.

    Raises WrongShape.
    """
    if kind is bytes:
        return _bytes(raw)
    if is_dataclass(kind):
        if not isinstance(raw, dict):
            raise WrongShape(f"has no object where a {getattr(kind, '__name__', kind)} belongs")
        return _dataclass(raw, kind)
    if get_origin(kind) is tuple:
        if not isinstance(raw, list):
            raise WrongShape("has no list where one belongs")
        return tuple(from_json(item, get_args(kind)[0]) for item in raw)
    if get_origin(kind) in (UnionType, Union):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if raw is None else from_json(raw, options[0])
    try:
        return msgspec.convert(raw, type=kind)
    # Half a surrogate pair makes msgspec raise UnicodeEncodeError where it looks a word up.
    except ValueError as error:
        raise WrongShape(f"has a wrong value: {error}") from error


def _dataclass(raw: dict[str, Json], kind: Any) -> Any:
    hints = _hints(kind)
    values = {}
    for field in fields(kind):
        if field.name in raw:
            values[field.name] = from_json(raw[field.name], hints[field.name])
        elif field.default is MISSING:
            raise WrongShape(f'has no "{field.name}"')
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _bytes(raw: Json) -> bytes:
    try:
        return from_json_text(raw)
    except ValueError as error:
        raise WrongShape(f"has a wrong text: {error}") from error
