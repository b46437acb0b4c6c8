"""What this service knows of others, and its own list: never the record, only quick answers."""
