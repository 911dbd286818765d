"""Time of the prompt in a pseudo-terminal: from start to prompt, Tab and keys at 60,000 genes.

    python benches/prompt.py target/release/sca
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time

LINES = ["plot adata color=GENE", "plot adata color=", "violin adata [CD3D, G", "filter adata (LY",
         "dotplot adata [C", "count(adata.obs."]


def spawn(program, home):
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(home)
        os.execve(program, ["sca", "--no-init"], {**os.environ, "HOME": home, "TERM": "xterm"})
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 110, 0, 0))
    return pid, fd


def until(fd, pattern):
    seen = b""
    while not re.search(pattern, seen):
        seen += os.read(fd, 65536)


def drain(fd, quiet=0.5):
    while select.select([fd], [], [], quiet)[0]:
        os.read(fd, 65536)


def answered(fd, keys):
    """Milliseconds until the first output after `keys`."""
    begun = time.perf_counter()
    os.write(fd, keys)
    select.select([fd], [], [], 5)
    return (time.perf_counter() - begun) * 1e3


def main(program):
    program = os.path.abspath(program)
    home = tempfile.mkdtemp()
    starts = []
    for _ in range(9):
        begun = time.perf_counter()
        pid, fd = spawn(program, home)
        until(fd, rb"sca> ")
        starts.append((time.perf_counter() - begun) * 1e3)
        os.write(fd, b"exit\r")
        os.waitpid(pid, 0)
    print(f"start to prompt: {min(starts):.1f} to {max(starts):.1f} ms")
    pid, fd = spawn(program, home)
    until(fd, rb"sca> ")
    os.write(fd, b"adata = demo pbmc cells=50 genes=60000; compute adata\r")
    drain(fd, 5)
    for line in LINES:
        times = []
        for _ in range(5):
            os.write(fd, line.encode())
            drain(fd)
            times.append(answered(fd, b"\t"))
            drain(fd)
            os.write(fd, b"\x03")
            drain(fd)
        print(f"Tab after {line!r}: {min(times):.1f} to {max(times):.1f} ms")
    os.write(fd, b"plot adata color=")
    drain(fd)
    times = []
    for key in "GENE12":
        times.append(answered(fd, key.encode()))
        drain(fd)
    print(f"a key: {min(times):.1f} to {max(times):.1f} ms")
    os.write(fd, b"\x03exit\r")
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.argv[1])
