"""What this service keeps of others' events."""
