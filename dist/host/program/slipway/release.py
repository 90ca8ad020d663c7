''
import os
import subprocess

from . import earlier_versions, files, tls
from . import layout as places
from .failures import Failure


class Release:
    ''

    def __init__(self, layout, release_id, info=None):
        self.layout = layout
        self.id = release_id
        self.folder = layout.release(release_id)
        self.info = info
        self._disk = None

    def environment_of(self, service):
        ''
        runtime = service['runtime']
        for item in self.info['environments']:

            if runtime and item['folder'] == service['path'] and item['runtime'] == runtime['name'] and item.get(
                    'asked', runtime['version']) == runtime['version']:
                return item
        return None

    def begin_sync(self):
        ''

        self._disk = subprocess.Popen(['/bin/sync', '-f', self.folder, places.UNITS, places.PORTS], stdin=subprocess.DEVNULL, cwd='/')

    def settle_on_disk(self):
        if self._disk is None:
            return
        code = self._disk.wait()
        self._disk = None
        if code != 0:
            raise Failure('disk-not-written', 'The files of the release could not be brought to the disk.',
                          'After a power cut it would be half of a release. Nothing was switched.',
                          'Look at the disk of the host (dmesg | tail, df -h), then deploy again.')
        if os.path.exists(f'{self.folder}/release.json.unsealed'):
            os.rename(f'{self.folder}/release.json.unsealed', f'{self.folder}/release.json')
            files.sync_folder(self.folder)


def stored(layout, release_id):
    ''
    info = files.read_json(f'{layout.release(release_id)}/release.json')
    if info is None:
        return None
    return Release(layout, release_id, {**info, 'config': earlier_versions.completed(info['config'])})


def listed(layout):
    out = []
    for release_id in places.release_ids(layout):
        info = stored(layout, release_id).info
        secrets = [*tls.secret_names(info['config']), *(info['config'].get('compose') or {}).get('variables', [])]
        secrets = sorted({*secrets, *(name for service in info['config']['services'] for name in service['secrets'])})
        out.append({**{key: info[key] for key in ('id', 'version', 'commit', 'digest')}, 'secrets': secrets})
    return out


def remove_unsealed(layout):
    ''
    for name in os.listdir(layout.releases):
        folder = f'{layout.releases}/{name}'
        if os.path.isdir(folder) and not os.path.exists(f'{folder}/release.json'):
            files.clear(folder)
    for name in os.listdir(layout.scratch):
        if not os.path.isdir(layout.release(name)):
            files.clear(f'{layout.scratch}/{name}')

    if not os.path.isdir(layout.incoming) or os.listdir(layout.incoming):
        files.clear(layout.incoming)
        os.makedirs(layout.incoming, mode=0o700, exist_ok=True)
