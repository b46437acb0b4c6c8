"""A second, slow answer to the question what every page shows, and random histories to ask it about."""
