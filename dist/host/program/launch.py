"""Started as root by Supervisor and Circus for each process of an app: `launch.py FOLDER SERVICE INSTANCE`. See launching.py."""
import os
import sys

# -I keeps the folder of this file off the path, so that nothing of the caller's is ever imported; this is root-owned.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from slipway import launching

if __name__ == '__main__':
    sys.exit(launching.main(sys.argv[1:]))
