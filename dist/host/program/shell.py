"""What people call `slipway` on a host: looks at apps and their logs, runs commands in them, restarts and removes them. See slipway/shell."""
import os
import sys

# -I keeps the folder of this file off the path, so that nothing of the caller's is ever imported; this is root-owned.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from slipway.shell import command

if __name__ == '__main__':
    sys.exit(command.main(sys.argv[1:]))
