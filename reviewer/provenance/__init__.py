"""Who or what wrote a change, as far as it says so itself. No marker means unknown, not human."""
