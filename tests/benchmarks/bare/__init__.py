"""The bare pipe: the same bytes, drivers and durability as the product, and no logic."""
