"""Kernels for the tests of the notebooks: they start at once, and watch the numbers that a cell prints.

A kernel takes a second to import what every notebook begins with. On Linux one process for each worker
imports it once, and each kernel is a fork of it with a namespace, a state and a working folder of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from nbval.plugin import IPyNbFile

if TYPE_CHECKING:
    from jupyter_client import BlockingKernelClient

HERE = Path(__file__).parent


@cache
def server() -> subprocess.Popen[str]:
    """Start the process that is forked. It ends with this one, and the kernels end with it."""
    command = [sys.executable, "-P", str(HERE / "kernel_server.py")]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")


class Fork:
    """A forked kernel: as much of `subprocess.Popen` as Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], folder: str, environment: dict[str, str]) -> None:
        print(json.dumps([arguments, folder, environment]), file=server().stdin, flush=True)
        self.pid = int(server().stdout.readline())

    def poll(self) -> int | None:
        """Return None as long as it runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    wait = poll  # Jupyter calls it after the end


class Forking(LocalProvisioner):
    """What starts kernels, and ends them with their process groups."""

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Fork one. The command is `python -m ipykernel_launcher -f <file with the ports>`."""
        self.process = Fork(cmd[cmd.index("-f") :], options.get("cwd") or os.getcwd(), options["env"])
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def pytest_configure() -> None:
    """Let Jupyter fork its kernels."""
    if sys.platform == "linux":  # elsewhere a fork is not safe, or there is none
        factory = KernelProvisionerFactory.instance()
        factory.provisioners["fork"] = EntryPoint("fork", "kernels:Forking", factory.GROUP_NAME)
        factory.default_provisioner_name = "fork"


def pytest_unconfigure() -> None:
    """End the process that is forked, if there is one."""
    if server.cache_info().currsize:
        server().communicate()


def pytest_runtest_call(item: Any) -> None:
    """Let the kernel of a notebook watch its numbers from the first cell on."""
    if isinstance(item.parent, IPyNbFile) and not hasattr(item.parent.kernel, "watches"):
        watch(item.parent.kernel.kc)
        item.parent.kernel.watches = True


def watch(client: BlockingKernelClient) -> None:
    """Run `ties.py` in a kernel, outside the namespace of its notebook."""
    source = (HERE / "ties.py").read_text(encoding="utf-8") + "start()"
    reply = client.execute_interactive(f"exec({source!r}, {{}})", store_history=False, timeout=60)
    assert reply["content"]["status"] == "ok", reply
