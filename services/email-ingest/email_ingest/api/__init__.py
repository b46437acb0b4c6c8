"""The HTTP doors of the mail gateway."""
