import pytest

from reviewer.diff.kinds import Kind, kind_of, stem_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shop/pay.py", Kind.SOURCE),
        ("shop/contest.py", Kind.SOURCE),
        ("shop/latest.go", Kind.SOURCE),
        ("docs/conf.py", Kind.DOCS),
        ("tests/conftest.py", Kind.TESTS),
        ("shop/test_pay.py", Kind.TESTS),
        ("shop/pay_test.go", Kind.TESTS),
        ("web/cart.spec.ts", Kind.TESTS),
        ("src/PayTest.java", Kind.TESTS),
        ("web/__tests__/cart.js", Kind.TESTS),
        ("README.md", Kind.DOCS),
        ("LICENSE", Kind.DOCS),
        ("pyproject.toml", Kind.CONFIG),
        ("requirements-dev.txt", Kind.CONFIG),
        (".github/workflows/ci.yml", Kind.CONFIG),
        (".gitignore", Kind.CONFIG),
        ("Dockerfile", Kind.CONFIG),
        ("uv.lock", Kind.GENERATED),
        ("api/orders_pb2.py", Kind.GENERATED),
        ("vendor/x/x.go", Kind.GENERATED),
    ],
)
def test_a_name_says_what_kind_of_file_it_is(path: str, kind: Kind) -> None:
    assert kind_of(path.encode()) is kind


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("tests/shop/test_pay.py", "shop/pay.py"),
        ("pay_test.go", "pay.go"),
        ("web/Cart.test.tsx", "web/Cart.tsx"),
        ("src/test/PayTest.java", "src/main/Pay.java"),
        ("spec/pay_spec.rb", "lib/pay.rb"),
    ],
)
def test_a_test_shares_its_name_with_what_it_tests(test: str, code: str) -> None:
    assert stem_of(test.encode()) == stem_of(code.encode())
