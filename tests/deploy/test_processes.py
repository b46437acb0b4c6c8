"""Processes are ended by whoever comes last, who need not be who started them."""

import subprocess
import sys

from local_stack import processes
from local_stack.processes import ProcessId

NEGLIGENT = """
import subprocess, sys, time
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


def test_a_process_whose_parent_has_not_heard_of_its_end_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", NEGLIGENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        identity = ProcessId.of(int(parent.stdout.readline()))
        try:
            processes.stop(identity)
            assert identity.find() is None
        finally:
            parent.kill()
