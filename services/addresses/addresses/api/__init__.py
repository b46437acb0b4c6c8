"""The address book over HTTP."""
