"""The rules of engagements: state, decisions, and how events change state. Pure and synchronous."""
