"""The service's own read models: never the record, only quick answers."""
