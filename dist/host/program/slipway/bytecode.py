''




import importlib.util
import marshal
import os
import stat
import sys
import warnings

from . import files

LIMIT = 4000


def compile_changed(root, paths, origin):
    ''
    tag = sys.implementation.cache_tag
    for path in paths[:LIMIT]:
        folder, name = os.path.split(f'{root}/{path}')
        target = f'{folder}/__pycache__/{name[:-3]}.{tag}.pyc'

        if not stat.S_ISREG(files.plain_mode(root, path)) or os.path.islink(os.path.dirname(target)):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        twin = origin.get(path)
        if twin is not None:
            twin_folder, twin_name = os.path.split(twin)
            try:
                os.link(f'{twin_folder}/__pycache__/{twin_name[:-3]}.{tag}.pyc', target, follow_symlinks=False)
                continue
            except OSError:
                pass
        try:
            with open(f'{root}/{path}', 'rb') as file:
                source = file.read()
            with warnings.catch_warnings():

                warnings.simplefilter('ignore')
                code = marshal.dumps(compile(source, f'{root}/{path}', 'exec', dont_inherit=True))
        except (SyntaxError, ValueError, RecursionError, MemoryError):

            continue

        data = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, 'little') + importlib.util.source_hash(source) + code
        files.write(target, data)
