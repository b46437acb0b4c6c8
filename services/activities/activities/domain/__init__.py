"""The rules of activities: state, decisions, and how events change state. Pure and synchronous."""
