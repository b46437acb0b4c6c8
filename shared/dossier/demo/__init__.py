"""A believable consultancy, written through the public interfaces only."""
