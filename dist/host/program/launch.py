''
import os
import sys


sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from slipway import launching

if __name__ == '__main__':
    sys.exit(launching.main(sys.argv[1:]))
