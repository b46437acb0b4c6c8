"""The whole system through its public interfaces, as real processes."""
