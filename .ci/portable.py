"""Run the library's tests, the claims and the notebooks on four code paths of one processor.

Another processor computes the last bits in another way: it may have no AVX-512, or no fused multiply and add.
This one can be told so. Nothing that a test compares or a notebook prints may hang on it.
"""

import os
import subprocess
import sys

import numpy as np

SUBJECTS = ["divergences", "tests/library", "tests/claims", "chapters", "reference"]
# What NumPy can choose at run time and this processor has, the oldest first.
core = np._core._multiarray_umath
CHOSEN = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
PATHS = {
    "as it is": {},
    "without the newest features that NumPy chooses at run time": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(CHOSEN[1:]),
    },
    "without any that NumPy and the C library choose at run time": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(CHOSEN),
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-FMA,-FMA4",
    },
    "with the linear algebra of a processor of 2004": {"OPENBLAS_CORETYPE": "Prescott"},
}


def main(subjects: list[str]) -> int:
    """Run all, and say on which a test failed."""
    failed = []
    for name, environment in PATHS.items():
        print(f"\n{name}: {environment}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
        command += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", *subjects]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment}
        if subprocess.run(command, env=environment).returncode:
            failed.append(name)
    print("\nfailed: " + "; ".join(failed) if failed else f"\n{len(PATHS)} code paths, 0 differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or SUBJECTS))
