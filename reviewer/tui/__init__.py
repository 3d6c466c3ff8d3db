"""The interface: screens show a snapshot of the review and post wishes; the app turns a wish into an event."""
