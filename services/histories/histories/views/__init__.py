"""The read model in MongoDB: how it is kept, and how pages are read from it."""
