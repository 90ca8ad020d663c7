"""The host of a surface: a temporary folder, in which alone it may write."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'unit', 'program'))

from place import PlaceTest

# In memory, where there is such: a hundred thousand times a host is many files.
tempfile.tempdir = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
FOLDERS = []
_places = []


def host(kind=PlaceTest):
    """A host as the tests have it, until the process ends."""
    made = kind()
    made.setUp()
    FOLDERS.append(made.folder)
    _places.append(made)
    return made


def leave():
    for made in _places:
        made.doCleanups()
