import pytest

from reviewer.diff.roles import Role, role_of


@pytest.mark.parametrize(
    ("path", "role"),
    [
        (b"web/vendor/lib.js", Role.VENDORED),
        (b"third_party/zlib/zlib.c", Role.VENDORED),
        (b"pip/_vendor/rich/text.py", Role.VENDORED),
        (b"static/app.min.css", Role.MINIFIED),
        (b"static/app.js.map", Role.MINIFIED),
        (b"go.sum", Role.LOCK),
        (b"web/pnpm-lock.yaml", Role.LOCK),
        (b"api/orders_pb2_grpc.py", Role.GENERATED),
        (b"api/orders.pb.go", Role.GENERATED),
        (b"src/__generated__/types.ts", Role.GENERATED),
        (b"caf\xe9/vendor/\xff.js", Role.VENDORED),
    ],
)
def test_a_name_tells_what_nobody_wrote_here(path: bytes, role: Role) -> None:
    assert role_of(path) is role


@pytest.mark.parametrize(
    "path", [b"shop/vendor.py", b"vendors.md", b"minimum.js", b"lock.py", b"go.mod", b"generated.py", b"src/lock.json"]
)
def test_a_name_like_these_is_no_sign(path: bytes) -> None:
    assert role_of(path) is None
