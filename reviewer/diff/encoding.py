"""Bytes in JSON: text where it is UTF-8, `{"b64": …}` where it is not, never a lossy guess."""

from base64 import b64decode, b64encode

JsonText = str | dict[str, str]


def json_text(content: bytes) -> JsonText:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return {"b64": b64encode(content).decode("ascii")}


def from_json_text(value: object) -> bytes:
    """Undo `json_text`. Raises ValueError for anything it would not have made."""
    match value:
        case str():
            return value.encode("utf-8")
        case {"b64": str(encoded)}:
            content = b64decode(encoded, validate=True)
            if json_text(content) == value:
                return content
    raise ValueError('neither text nor {"b64": …}')
