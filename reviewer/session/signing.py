"""What makes a sign-off more than a name: git's key, over the raw line of the record. It stands without, too."""

from typing import TYPE_CHECKING

from reviewer.errors import ReviewerError
from reviewer.review.events import Entry, Event, Signature
from reviewer.review.model import EventId
from reviewer.session.subject import Subject

# Most reviews are read and left many times before one is signed: signing is loaded when it is needed.
if TYPE_CHECKING:
    from reviewer.signatures import NoKey, SigningKey


class Signing:
    subject: Subject
    # The sign-off given here, and its raw line, which a signature is made over.
    signed: tuple[EventId, bytes] | None = None

    def dispatch(self, event: Event) -> Entry:
        """Let the event happen."""
        raise NotImplementedError

    def publish(self) -> None:
        """Copy the record to where it may be committed."""
        raise NotImplementedError

    @property
    def key(self) -> "SigningKey | NoKey":
        """The key a sign-off will be signed with, or why with none."""
        from reviewer.signatures import NoKey, signing_key

        repository = self.subject.repository
        return signing_key(repository) if repository is not None else NoKey("there is no git repository here")

    @property
    def signing(self) -> str:
        """What will become of a sign-off, in one line."""
        from reviewer.signatures import NoKey

        key = self.key
        return f"unsigned: {key.reason}" if isinstance(key, NoKey) else f"will be signed with {key.name}"

    def add_signature(self) -> str:
        """Sign the sign-off given here with git's key; return how that ended. It stands without, too.

        May wait for a person to touch a security key.
        """
        from reviewer.signatures import NoKey, sign

        key = self.key
        if self.signed is None or isinstance(key, NoKey):
            return f"unsigned: {key.reason}" if isinstance(key, NoKey) else "unsigned: nothing to sign"
        event, line = self.signed
        try:
            self.dispatch(Signature(event, sign(line, key).decode("ascii")))
        except ReviewerError as error:
            return f"unsigned: {error}"
        self.publish()
        return f"signed with {key.name}"
