"""The rules of the directory: state, decisions, and how events change state. Pure and synchronous."""
