"""The host program: `main.py session APP`, `settle APP`, `settle-all`, `renew`, `remove`, `front`.

Started by slipway-host, by systemd, by `slipway remove` and by setup-vm.

Python, not shell, for what needs it: a protocol with frames and time limits, JSON, hashes, a transaction that must survive
a closed pipe, and paths from strangers. It uses the standard library alone, which every Debian and Ubuntu cloud image has
(cloud-init needs it). The launcher, which runs before anything is known to be safe, stays POSIX shell.
"""
import os
import sys

# -I keeps the folder of this file off the path, so that nothing of the caller's is ever imported; this is root-owned.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from slipway import program

if __name__ == '__main__':
    sys.exit(program.main(sys.argv[1:]))
