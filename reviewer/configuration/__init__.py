"""What a user and a team choose: which rules speak, and which other engines are asked."""
