import pytest

from reviewer.analysis.ciphers import is_of_password, is_weak_hash, weak_suite, weight_of_hash
from reviewer.analysis.finding import Severity


@pytest.mark.parametrize("name", ["md5", "MD4", "sha", "SHA1", "sha-1", "ripemd160", "hmac-md5"])
def test_a_broken_hash_is_known_by_any_spelling(name: str) -> None:
    assert is_weak_hash(name)


@pytest.mark.parametrize("name", ["sha256", "SHA512", "blake2b", "sha3_256", "md5sum", ""])
def test_other_hashes_are_not_weak(name: str) -> None:
    assert not is_weak_hash(name)


def test_a_weak_hash_weighs_what_the_words_around_it_say() -> None:
    assert weight_of_hash("token", "sign") is Severity.MEDIUM
    assert weight_of_hash("etag") is Severity.INFO
    assert weight_of_hash("value") is Severity.LOW


@pytest.mark.parametrize(
    ("ciphers", "suite"),
    [
        ("ALL:!aNULL", "ALL"),
        ("ECDHE+AESGCM:RC4-SHA", "RC4-SHA"),
        ("DEFAULT@SECLEVEL=0", "@SECLEVEL=0"),
        ("ECDHE+AESGCM:!aNULL:!MD5:!DES:!3DES", None),
        ("HIGH", None),
    ],
)
def test_a_cipher_list_is_weak_by_what_it_allows(ciphers: str, suite: str | None) -> None:
    assert weak_suite(ciphers) == suite


def test_a_password_is_known_by_its_name() -> None:
    assert is_of_password("user.password.encode()")
    assert not is_of_password("body")
