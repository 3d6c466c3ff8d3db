"""What a change is judged by: policy and allowed signers as the target has them, never as the proposal would."""

from dataclasses import dataclass

from reviewer.repository import Repository
from reviewer.repository.journals import file_in_commit
from reviewer.review.policy import Policy
from reviewer.review.policy_file import read_policy

POLICY = b".reviews/policy.toml"
ALLOWED_SIGNERS = b".reviews/allowed_signers"
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """`source` says where the policy was read; `allowed_signers` is None if the target has none."""

    policy: Policy
    source: str
    allowed_signers: bytes | None = None


BUILT_IN = Rules(Policy(), "built in")


def rules_at(repository: Repository, commit: str | None) -> Rules:
    """Return the rules a commit of the target holds; the built-in ones where it has no policy, or is not there.

    Raises PolicyInvalid for a policy with mistakes, CannotDetermine for one that cannot be read.
    """
    if commit is None:
        return BUILT_IN
    raw = file_in_commit(repository, commit, POLICY, _LARGEST)
    signers = file_in_commit(repository, commit, ALLOWED_SIGNERS, _LARGEST)
    if raw is None:
        return Rules(Policy(), BUILT_IN.source, signers)
    source = f"{commit[:12]}:{POLICY.decode()}"
    return Rules(read_policy(raw, source), source, signers)
