"""A process that has imported what the notebooks do, and forks a kernel for each line that comes in."""

import json
import os
import signal
import sys

if __name__ == "__main__":  # pytest imports it as well, and looks for doctests
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as a kernel does
    import ipykernel.debugger  # noqa: F401 (each kernel imports it when it starts)
    import matplotlib.backends.backend_agg
    import matplotlib.pyplot  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    import divergences.plotting  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels' ends
    for line in sys.stdin:
        if kernel := os.fork():
            print(kernel, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        arguments, folder, environment = json.loads(line)
        os.setsid()
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment, JPY_PARENT_PID=str(os.getppid()))
        IPKernelApp.launch_instance(arguments)
        os._exit(0)
