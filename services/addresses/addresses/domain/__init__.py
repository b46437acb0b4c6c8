"""The rules of the address book: state, decisions, and how events change state. Pure and synchronous."""
