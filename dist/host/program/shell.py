''
import os
import sys


sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from slipway.shell import command

if __name__ == '__main__':
    sys.exit(command.main(sys.argv[1:]))
