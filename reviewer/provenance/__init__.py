"""Who or what wrote a change, as far as it says so itself. No marker means unknown, not human."""

from reviewer.provenance.messages import is_ai_assisted

__all__ = ["is_ai_assisted"]
