"""A secret is told from what only stands in for one, and is never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.engine import inspect_file
from reviewer.analysis.rules.hardcoded_secret import HardcodedSecret
from reviewer.analysis.secrets import is_placeholder, is_secret, keys_in, names_password, names_secret

# Put together here, so that no host's secret scanner takes it for a real one.
_BODY = "Q7ZK2MXR4WVN6TBY3PLH5DJCGFSA2EUIOQ7Z"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "hunter2"), ("dbPassword", "letmein"), ("PGPASSWORD", "P@ssw0rd!"), ("x-api-key", "9f8a7b6c5d4e"),
        ("SECRET_KEY", "supersecret"), ("SECRET_KEY", "shop-secret-1"), ("password2", "password123"),
        ("aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG"), ("token", "b7e23ec29af22b0b4e41da31e868d572"),
        ("Authorization", "Bearer b7e23ec29af22b0b4e41da31e868d572"), ("passphrase", "correct-horse"),
        ("password", "admin"), ("db_pass", "root"), ("passwd", "123456"), ("SECRET_KEY", "dev"),
        ("JWT_SECRET", "secret"),
        ("token", "s3cr3t"), ("password_for_mail", "hunter2"), ("secrete", "s3cr3t"), ("api_key", "1234567890abcdef"),
    ],
)  # fmt: skip
def test_a_value_nobody_would_make_up_for_show_is_a_secret(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user", "hunter2"), ("bypass_all", "hunter2"), ("secretary", "hunter2"), ("password_file", "hunter2"),
        ("wrong_password", "hunter2"), ("password", "abc"), ("password", "Enter it"), ("password", "changeme"),
        ("password", "<password>"), ("password", "********"), ("password", "${PASSWORD}"), ("password", "%(password)s"),
        ("password", "{{ password }}"), ("password", "user_password"), ("password", "errors.password"),
        ("password", "string"), ("password", "Kennwort"), ("password", "^[a-z0-9]{8,}$"), ("password", "char(32)"),
        ("password", "/run/secrets/db"), ("api_key", "X-Api-Key"), ("api_key", "SHOP_API_KEY"), ("secret", "shop-tls"),
        ("secret", "vault:shop/db"), ("token", "bearer"), ("token", "the-next-token-of-the-parser"),
        ("first_pass", "inline7"), ("salt", "shop.mail"), ("auth", "sigv4"), ("secret_key", "secret_key"),
        ("token", "11111111111111111111"),
    ],
)  # fmt: skip
def test_labels_places_and_placeholders_are_none(name: str, value: str) -> None:
    assert not is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "holds_secret", "holds_password"),
    [
        ("password", True, True), ("dbPassword", True, True), ("smtp_pass", True, True), ("api_key", True, False),
        ("accessToken", True, False), ("password_field", False, False), ("has_password", False, False),
        ("reset_password", False, False), ("key", False, False), ("compass", False, False),
    ],
)  # fmt: skip
def test_a_name_says_whether_it_holds_a_secret(name: str, holds_secret: bool, holds_password: bool) -> None:
    assert (names_secret(name), names_password(name)) == (holds_secret, holds_password)


@pytest.mark.parametrize(
    "value", ["changeme", "your-api-key", "YOUR_TOKEN", "<insert key here>", "REPLACE_ME", "xxxxxxxx"]
)
def test_a_placeholder_asks_to_be_replaced(value: str) -> None:
    assert is_placeholder(value)
    assert not is_placeholder(f"hunter{len(value)}")


@pytest.mark.parametrize(
    "text",
    [
        f"AKIA{_BODY[:16]}", f"ghp_{_BODY}", f"glpat-{_BODY[:20]}", f"xoxb-{_BODY}", f"sk_live_{_BODY[:24]}",
        f"sk-ant-{_BODY}", f"sk-proj-{_BODY}", f"AIza{_BODY[:35]}", f"npm_{_BODY}", f"AccountKey={_BODY * 2}==",
        f"hooks.slack.com/services/T{_BODY[:8]}/B{_BODY[:8]}/{_BODY[:24]}",
    ],
)  # fmt: skip
def test_of_an_issued_key_no_more_than_four_characters_are_shown(text: str) -> None:
    (key,) = keys_in(f"x {text} y")

    assert (key.is_issued, key.offset, key.shown) == (True, 2, text[:4])


@pytest.mark.parametrize(
    "text",
    [
        "postgres://shop:" + "hunter2@db.shop.net/orders",
        "-----BEGIN RSA PRIVATE" + f" KEY-----\n    {_BODY}",
        "-----BEGIN PRIVATE" + f" KEY-----\\n{_BODY}",
        f"eyJ{_BODY}.eyJ{_BODY}.{_BODY}",
    ],
)
def test_of_any_other_key_nothing_is_shown(text: str) -> None:
    (key,) = keys_in(text)

    assert (key.is_issued, key.shown) == (False, "")


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE", "ghp_" + "x" * 36, "sk-" + "loading-spinner-with-a-very-long-name-of-a-class",
        "postgres://shop:shop@db.shop.net", "postgres://shop:hunter2@localhost", "https://user:password@shop.net",
        "https://{user}:{password}@shop.net", "https://shop:$PASSWORD@shop.net", "https://shop.net:8080/a@b",
        "-----BEGIN PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\n" + _BODY,
    ],
)  # fmt: skip
def test_samples_and_templates_are_no_keys(text: str) -> None:
    assert list(keys_in(text)) == []


_SECRETS = st.from_regex(r"[a-z]{3}[A-Za-z0-9]{9,30}[0-9]{4}", fullmatch=True)
_TEMPLATES = st.sampled_from(
    [
        ("a.py", "password = '{}'"), ("a.py", "f(a, api_key='{}')"), ("a.py", "a = 'https://shop:{}@shop.net'"),
        ("a.py", "if password == '{}': pass"), ("a.py", "a = b'-----BEGIN PRIVATE KEY-----\\n{0}{0}'"),
        ("a.py", "AWS = 'AKIA{}'"), ("a.py", "a = {{'ghp_{0}{0}{0}': 'ghp_{0}{0}{0}'}}"), ("a.yaml", "password: {}"),
        ("a.sh", "export API_KEY={}"), ("a.js", "const apiKey = '{}'"), ("a.js", "// https://shop:{}@shop.net"),
        (".env", "TOKEN={}"), ("a.json", '{{"secret": "{}"}}'),
    ]
)  # fmt: skip


@given(secret=_SECRETS, template=_TEMPLATES)
def test_no_message_holds_the_secret(secret: str, template: tuple[str, str]) -> None:
    path, code = template
    file = ChangedFile(path.encode(), None, code.format(secret).encode(), frozenset({1}), frozenset())

    for finding in inspect_file(file, [HardcodedSecret()]):
        assert secret[:5] not in finding.message
