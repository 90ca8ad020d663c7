''
import os
import posixpath
import shutil

from . import files, manifest, outside
from .failures import Failure


def lay_out(staging):
    ''
    links = {row[0]: staging.store.link_text(row[2]) for row in staging.rows if row[1] == '120000'}
    for path, target in links.items():
        if not manifest.link_stays(path, target, links):
            raise Failure('link-escapes', f'The symbolic link {path} leads out of the release (to {target[:200]}).',
                          'A release is complete in itself, and what lies outside of it may differ tomorrow.',
                          'Replace the link by the file, or put the data under `shared:` in slipway.yml, and tag again.')
    outside.refuse_behind_links(staging.config, links)
    origin = {}
    sealed_root = f'{staging.layout.releases}/'
    made = set()
    for path, mode, key, _ in staging.rows:
        full = f'{staging.folder}/src/{path}'
        parent = posixpath.dirname(full)
        if parent not in made:
            os.makedirs(parent, mode=0o755, exist_ok=True)
            made.add(parent)
        if mode == '120000':
            os.symlink(links[path], full)
            continue
        source = staging.store.sources.get(key)
        if source is None:

            files.write(full, os.fsencode(staging.store.link_text(key)), mode=0o755 if mode == '100755' else 0o644)
            continue
        permissions = 0o755 if mode == '100755' else 0o644
        if source.startswith(sealed_root):
            origin[path] = source

            if not staging.building and os.lstat(source).st_mode & 0o777 == permissions:
                os.link(source, full)
                continue
        shutil.copyfile(source, full)
        os.chmod(full, permissions)
    return origin
