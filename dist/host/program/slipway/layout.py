''
import os
import stat

NGINX = '/usr/sbin/nginx'
PYTHON = '/usr/bin/python3'
TOOLS = '/usr/local/lib/slipway/tools'
STATE = '/var/lib/slipway'
DOMAINS = f'{STATE}/domains'
PORTS = f'{STATE}/ports'
TLS = f'{STATE}/tls'
ACME = f'{STATE}/acme'
CHALLENGES = f'{STATE}/challenges'

FRONT = ('/etc/nginx/sites-enabled/zz-slipway.conf', '/etc/nginx/conf.d/zz-slipway.conf', '/etc/nginx/conf.d/slipway.conf')
FRONT_TLS = ('/etc/nginx/sites-enabled/zz-slipway-tls.conf', '/etc/nginx/conf.d/zz-slipway-tls.conf')
UNITS = '/etc/systemd/system'
WANTS = f'{UNITS}/multi-user.target.wants'
FRONT_GROUP = 'www-data'


class Layout:
    def __init__(self, app):
        self.app = app
        self.root = f'/opt/{app}'
        self.releases = f'{self.root}/releases'
        self.shared = f'{self.root}/shared'
        self.scratch = f'{self.root}/scratch'
        self.run = f'{self.root}/run'
        self.incoming = f'{self.root}/incoming'
        self.history = f'{self.root}/history/log.jsonl'
        self.intent = f'{self.run}/intent.json'

        self.warm = f'{self.run}/warm.json'
        self.current = f'{self.run}/current.sock'
        self.holder = f'/run/slipway-{app}.holder'

        self.rendering = f'/run/slipway-{app}.render'
        self.app_user = f'app-{app}'
        self.build_user = f'build-{app}'
        self.router_user = f'web-{app}'
        self.caches = f'/var/cache/slipway/{app}'
        self.logs = f'/var/log/slipway/{app}'

        self.mounts = f'{self.root}/mounts'
        self.ways = f'{self.root}/ways'

        self.claim = f'{STATE}/apps/{app}'
        self.removing = f'{STATE}/removing/{app}'
        self.removed = f'{STATE}/removed/{app}'

    def release(self, release_id):
        return f'{self.releases}/{release_id}'

    def activation(self, number):
        return f'{self.run}/{number}'

    def taken_over(self, number):
        ''
        return f'{self.run}/{number}/taken-over'

    def socket(self, number):
        return f'{self.run}/{number}/router/http.sock'

    def private_socket(self, number, service, instance):
        ''
        return f'{self.run}/{number}/router/asked/{service}.{instance}'

    def service_socket(self, number, service, instance):
        ''
        return f'{self.run}/{number}/sockets/{service}.{instance}/listen'

    def router_unit(self, number):
        return f'slipway-router.{self.app}.{number}.service'

    def process(self, number, service, instance):
        ''
        return f'slipway-app.{self.app}.{number}.{service}.{instance}'

    def task_unit(self, number, when, index):
        return f'slipway-task.{self.app}.{number}.{when}.{index}.service'

    def build_unit(self, name):
        return f'slipway-build.{self.app}.{name}.service'


def release_ids(layout):
    ''
    try:
        names = os.listdir(layout.releases)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if os.path.exists(f'{layout.releases}/{name}/release.json'))


def is_prepared(app):
    ''
    def is_ours(path, kind):
        try:
            status = os.lstat(path)
        except OSError:
            return False
        return kind(status.st_mode) and status.st_uid == 0
    root = f'/opt/{app}'
    return is_ours(f'{STATE}/apps/{app}', stat.S_ISREG) and all(
        is_ours(path, stat.S_ISDIR) for path in (root, f'{root}/releases', f'{root}/run'))
