"""What other engines found in the same change, beside what our rules found."""
