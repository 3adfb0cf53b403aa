# A terminal around a program: what comes in is typed, what the program writes goes out. Counterpart: terminal.ts.
# Arguments: columns, rows, command... Tells on standard error, a line each: `pid <n>` of the program; at its end
# `ended <code or -signal> <same or changed>`, whether the terminal's modes are as they were before.
# Standard input's end is the terminal's: the program is hung up.

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios

columns, rows = int(sys.argv[1]), int(sys.argv[2])
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
before = termios.tcgetattr(slave)


def control():
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


child = subprocess.Popen(
    sys.argv[3:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=control
)
print("pid", child.pid, file=sys.stderr, flush=True)

hung_up = False
while True:
    sources = [] if hung_up else [master, sys.stdin.fileno()]
    ready = select.select(sources, [], [], 0.02)[0]
    if master in ready:
        os.write(sys.stdout.fileno(), os.read(master, 65536))
    elif child.poll() is not None:
        break
    if not hung_up and sys.stdin.fileno() in ready:
        typed = os.read(sys.stdin.fileno(), 65536)
        if typed:
            os.write(master, typed)
        else:
            hung_up = True
            os.close(master)

modes = "unknown" if hung_up else "same" if termios.tcgetattr(slave) == before else "changed"
print("ended", child.returncode, modes, file=sys.stderr, flush=True)
