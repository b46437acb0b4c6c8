"""Random bytes taken in bulk are given out once, in a forked process too."""

import os

from dossier.entropy import random_bytes


def test_nobody_gets_the_same_bytes() -> None:
    assert len({random_bytes() for _ in range(1000)}) == 1000


def test_a_forked_process_does_not_repeat_its_parent() -> None:
    random_bytes()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"".join(random_bytes() for _ in range(20)))
        os._exit(0)
    os.waitpid(child, 0)
    text = os.read(reader, 20 * 16)
    theirs = {text[start : start + 16] for start in range(0, len(text), 16)}
    assert not theirs & {random_bytes() for _ in range(300)}
    os.close(reader)
    os.close(writer)
