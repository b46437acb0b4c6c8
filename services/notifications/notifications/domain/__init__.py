"""The rules of reminders: preferences, wall time, and which reminders an activity calls for. Pure and synchronous."""
