''
import os
import re
import shlex
import subprocess
import time

from . import expendable, files, hooks, installers, sandbox, shellwords
from .caches import COMMAND, Caches
from .failures import evidence
from .processes import ENVIRONMENT

LIMIT = 1 << 18


class Builder:
    def __init__(self, layout, release_folder, conversation, timeout, credentials=None):
        self.layout = layout
        self.release_folder = release_folder
        self.conversation = conversation
        self.timeout = timeout
        self.credentials = credentials or {}
        self.caches = Caches(layout)
        self.caches.prepare()

    def run(self, name, lines, limit=None, given=(), ground=COMMAND, writable=None):
        ''

        script = f'{self.release_folder}/.build.{name}'
        files.write(script, '\n'.join(['#!/bin/sh', 'set -eu', 'umask 022', *lines]) + '\n', mode=0o644)
        unit = self.layout.build_unit(name)

        secret_file = f'{script}.env'
        if given:
            files.write(secret_file, shellwords.environment_file({key: self.credentials[key] for key in given}), mode=0o600)
        argv = ['/usr/bin/systemd-run', '--quiet', '--wait', '--pipe', '--collect', f'--unit={unit}',
                f'--description=Slipway builds a release of {self.layout.app}',
                f'--property=BindsTo=slipway-session.{self.layout.app}.service',
                f'--property=After=slipway-session.{self.layout.app}.service',
                *sandbox.options(sandbox.properties(self.layout.build_user, self.layout.build_user, writable or [self.release_folder])),
                *(f'--property={setting}' for setting in self.caches.open(name, ground)),
                *(f'--property={setting}' for setting in hooks.settings(limit or self.timeout)),

                '--property=KillSignal=SIGKILL',
                f'--property=OOMScoreAdjust={expendable.MAKES}',
                *([f'--property=EnvironmentFile={secret_file}'] if given else []),
                f'--setenv=HOME={self.caches.home}', f'--setenv=npm_config_cache={self.caches.home}/.cache/npm', '--setenv=LC_ALL=C.UTF-8', '--setenv=CI=true',
                '/bin/sh', script]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=ENVIRONMENT, cwd='/')
        output = bytearray()
        while True:
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break
            output += chunk
            del output[:-LIMIT]
            chunk = self.redact(chunk.decode('utf-8', 'replace')).encode()
            line = re.sub(rb'[\x00-\x1f\x7f]+', b' ', chunk).strip()[-160:]
            if line:
                self.conversation.send('progress', text=line.decode('utf-8', 'replace'))
        code = process.wait()

        files.remove(script)
        files.remove(secret_file)
        self.caches.close(name)
        return code, self.redact(output.decode('utf-8', 'replace'))

    def redact(self, text):
        for value in sorted(self.credentials.values(), key=len, reverse=True):
            if len(value) >= 6:
                text = text.replace(value, '***')
        return text


def build_commands(builder, index, service, environment, source, values):
    ''
    if not service['build']:
        return []
    entries = environment.path_entries() if environment else []
    exports = [f'export {name}={shlex.quote(value)}' for name, value in sorted(values.items())]
    exports.append(f'export PATH={":".join(shlex.quote(entry) for entry in entries + ["/usr/local/bin", "/usr/bin", "/bin"])}')
    said = []
    for number, hook in enumerate(service['build'], 1):
        command = hooks.line(hook)
        limit, _ = hooks.limit(hook, builder.timeout)
        name = f'{service["name"]}: {command[:200]}'
        builder.conversation.progress(name[:160])
        began = time.monotonic()
        lines = [f'cd {shlex.quote(source)}', *exports, *installers.build_exports(environment, builder.caches), command]
        code, output = builder.run(f'{index}-{number}', lines, limit, ground=installers.build_ground(environment))
        if code != 0:
            late = time.monotonic() - began >= limit
            raise hooks.failed('build', name, 'build', hook, builder.timeout, None if late else code, output, 'Nothing was switched.',
                               'tag again.')
        if output.strip():
            said.append(evidence(f'build {name}', output))
    return said
