''







import os
import sys


sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from slipway import program

if __name__ == '__main__':
    sys.exit(program.main(sys.argv[1:]))
