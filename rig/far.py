"""A link to a host that takes its time: IP packets between two TUN devices, each way half of the round trip late.

far.py PID NUMBER MILLISECONDS: the host's first process, the last number of its address, and the round-trip time. Prints the address
that the host has at the far end once the link is there, and holds it until its standard input ends or the host is restarted. The
kernel's own way, netem, is left out of some kernels; TUN is not. Nothing is lost, turned round or held back for bandwidth.
"""

import ctypes
import errno
import fcntl
import os
import selectors
import struct
import subprocess
import sys
import time
from collections import deque

PACKET = 65536
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PR_SET_TIMERSLACK = 29


def device(name: str) -> int:
    opened = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(opened, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return opened


def ip(*words: str, inside: str | None = None) -> None:
    prefix = ["nsenter", "--target", inside, "--net"] if inside else []
    subprocess.run([*prefix, "ip", *words], check=True)


def link(pid: str, number: str) -> tuple[int, int, str]:
    near, far = f"10.231.1.{number}", f"10.231.2.{number}"
    here, there = f"slipway-n{number}", f"slipway-f{number}"
    ends = device(here), device(there)
    ip("link", "set", there, "netns", pid)
    for name, address, peer, inside in ((here, near, far, None), (there, far, near, pid)):
        ip("address", "add", address, "peer", peer, "dev", name, inside=inside)
        ip("link", "set", name, "up", inside=inside)
    return *ends, far


def carry(ends: tuple[int, int], delay: float) -> None:
    waiting: dict[int, deque[tuple[float, bytes]]] = {end: deque() for end in ends}
    other = dict(zip(ends, reversed(ends), strict=True))
    # Half a millisecond is a hundredth of what is imitated.
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0)
    with selectors.DefaultSelector() as selector:
        for source in (*ends, sys.stdin.fileno()):
            selector.register(source, selectors.EVENT_READ)
        while True:
            due = min((queue[0][0] for queue in waiting.values() if queue), default=None)
            ready = selector.select(None if due is None else max(0.0, due - time.monotonic()))
            for key, _ in ready:
                if key.fd not in waiting:
                    if not os.read(key.fd, PACKET):
                        return
                    continue
                waiting[other[key.fd]].append((time.monotonic() + delay, os.read(key.fd, PACKET)))
            for end, queue in waiting.items():
                while queue and queue[0][0] <= time.monotonic():
                    os.write(end, queue.popleft()[1])


def main() -> None:
    pid, number, milliseconds = sys.argv[1:]
    first, second, address = link(pid, number)
    print(address, flush=True)
    try:
        carry((first, second), float(milliseconds) / 2000)
    except OSError as error:
        # A host that goes or is restarted takes its end along.
        if error.errno != errno.EBADFD:
            raise


main()
