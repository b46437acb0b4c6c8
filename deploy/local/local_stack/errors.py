"""What the local stack says when it cannot go on."""


class StackError(Exception):
    """A condition that a person can act on; its text is the whole message, no traceback needed."""
