"""What users were told: one entry per reminder, and the numbered record of what happened to a user's entries."""
