"""What a signature looks like: one armored block and nothing around it."""

import re
from base64 import b64decode
from binascii import Error

# Part of what is signed: a signature made for git commits or for files is none for a sign-off.
NAMESPACE = "signoff@reviewer.v1"
LARGEST = 32 * 1024

_BLOCK = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/]+\n)*[A-Za-z0-9+/]+={0,2}\n)-----END SSH SIGNATURE-----\n?"
)
# With the one version there is: ssh-keygen takes a signature of version 0 too, and nobody signed that number.
_MAGIC = b"SSHSIG\0\0\0\1"


def is_one_signature(text: bytes) -> bool:
    """True for the shape alone. ssh-keygen itself would read the first of several and pass over the rest."""
    block = _BLOCK.fullmatch(text) if len(text) <= LARGEST else None
    if block is None:
        return False
    try:
        return b64decode(block[1].replace(b"\n", b""), validate=True).startswith(_MAGIC)
    except Error:
        return False
