"""The HTTP interface of notifications: each user's own inbox, reminders to come, and preferences."""
