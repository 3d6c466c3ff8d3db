"""What every way of walking through a change shares: the order of its hunks, its places, its words. Pure."""
