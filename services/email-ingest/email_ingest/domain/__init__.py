"""The mail gateway's rules: pure functions over messages and mailboxes."""
