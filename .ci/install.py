"""Install the lock exactly as it is, hash-checked and without resolving, and the package itself.

    python .ci/install.py [environment [lock]]

The lock names everything, so nothing needs resolving, and resolving is what breaks on the day when one of its
packages publishes a release. uv does it in seconds; pip installs uv first, from uv's own lines of the lock.
Where uv has no build or cannot reach the packages, pip does it all.

The stamp is written last and says for which folder: an environment without one was interrupted, one with
another folder was moved. Both are made anew.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
UNREACHED = re.compile(r"error sending request|dns error|connection|timed out|unreachable", re.IGNORECASE)
MISMATCH = re.compile(r"hash mismatch|do not match the hashes|in --require-hashes mode", re.IGNORECASE)


class StepError(Exception):
    """A step failed; what it said is the first argument."""


def run(*command):
    """Run a step, with a dot every two seconds as a sign of life."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    done = threading.Event()

    def tick():
        while not done.wait(2):
            print(".", end="", flush=True)

    threading.Thread(target=tick, daemon=True).start()
    try:
        said = process.communicate()[0]
    except BaseException:
        process.kill()
        raise
    finally:
        done.set()
    if process.returncode:
        raise StepError(said.strip())
    return said


def lines_of(name, lock):
    """Return the lines of a lock that pin one package."""
    found = re.search(rf"^{name}==(?:.*\\\n)*.*\n", lock, re.MULTILINE)
    return found[0] if found else ""


def works(python):
    """Return whether there is such a Python; pyenv has names that lead to none."""
    return shutil.which(python) and not subprocess.call(
        [python, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def install(environment, lock):
    """Make the environment hold what the lock says, and the package itself in its editable form."""
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    exact = ["--no-deps", "--require-hashes", "--requirement", lock]
    package = ["--no-deps", "--no-build-isolation", "--editable", "."]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Compiled now, as pip does: a warning about a package's source must not come up in the midst of a test.
    exactly = ["--quiet", "--require-hashes", "--compile-bytecode"]
    # The environment of the oldest NumPy has no uv of its own.
    uv = shutil.which("uv", path=os.pathsep.join([str(scripts), str(Path(".venv", scripts.name))]))
    try:
        if not uv:
            own = environment / "uv.txt"
            own.write_text(lines_of("uv", Path("requirements.txt").read_text("utf-8")), "utf-8")
            run(*pip, "--only-binary=:all:", "--no-deps", "--require-hashes", "--requirement", own)
            uv = scripts / ("uv.exe" if os.name == "nt" else "uv")
        run(uv, "pip", "sync", *exactly, "--python", python, lock)
    except (StepError, OSError) as problem:
        # Uv may know no way to the packages where pip does; where pip did not find uv, it finds nothing else.
        if MISMATCH.search(str(problem)) or (not uv and UNREACHED.search(str(problem))):
            raise
        print(" by pip, which takes a minute or two ", end="", flush=True)
        run(*pip, *exact)
    run(*pip, *package)


def main():
    """Install, and say in one sentence what to do where that fails."""
    if sys.version_info < OLDEST:
        names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
        newer = next(filter(works, names), "") or "... with the path of one that is new enough"
        sys.exit(
            f"Divergences needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
            f"Try: make PYTHON={newer}"
        )
    os.chdir(Path(__file__).resolve().parent.parent)
    environment = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    lock = Path(sys.argv[2] if len(sys.argv) > 2 else "requirements.txt")
    stamp = environment / ".stamp"
    whole = stamp.exists() and stamp.read_bytes() == os.fsencode(os.getcwd())
    count = len(re.findall(r"^[\w.-]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    start = time.monotonic()
    print(f"Installing the {count} packages of {lock} into {environment} ", end="", flush=True)
    try:
        if whole:
            stamp.unlink()  # until it is whole again
        else:
            run(sys.executable, "-m", "venv", "--clear", environment)
        install(environment, lock)
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: the same command begins anew.")
    except (StepError, OSError) as problem:
        said = str(problem)
        if "ensurepip" in said:
            first = "Install this Python's module venv (Debian: apt-get install python3-venv)"
        elif MISMATCH.search(said):
            first = f"Restore {lock}, which does not fit the packages (git checkout {lock})"
        elif UNREACHED.search(said):
            first = "Connect to the network, where the packages are"
        elif "No matching distribution" in said:
            first = f"Restore {lock}, which names a package that is not there (git checkout {lock})"
        elif sys.version_info[:2] > NEWEST:
            newest = "python{}.{}".format(*NEWEST)
            first = f"Take {newest} (make PYTHON={newest}): not every package is built for a newer one yet"
        else:
            first = "Mend what is said above"
        sys.exit(f"\n{said[-2000:]}\n\n{first}, then run the same command again.")
    stamp.write_bytes(os.fsencode(os.getcwd()))
    print(f" {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
