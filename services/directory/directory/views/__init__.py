"""The service's own read model, for lists."""
