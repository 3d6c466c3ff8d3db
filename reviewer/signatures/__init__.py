"""Sign-offs signed with the SSH key git is configured with, and checked against the target's allowed signers."""

from reviewer.signatures.checking import Checked, check, fingerprint_of
from reviewer.signatures.key import NoKey, SigningKey, signing_key
from reviewer.signatures.signing import sign

__all__ = ["Checked", "NoKey", "SigningKey", "check", "fingerprint_of", "sign", "signing_key"]
