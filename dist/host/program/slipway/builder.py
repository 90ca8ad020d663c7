"""Runs scripts as the build user: in a unit of its own, without secrets, that ends with the session and before the seal."""
import os
import re
import shlex
import subprocess
import threading

from . import files
from .failures import Failure, evidence
from .processes import ENVIRONMENT, identity

LIMIT = 1 << 18


class Builder:
    def __init__(self, layout, release_folder, conversation, timeout):
        self.layout = layout
        self.release_folder = release_folder
        self.conversation = conversation
        self.timeout = timeout
        identity(layout.build_user)

    def run(self, name, lines):
        """Runs the lines under `set -eu`; (exit code, output)."""
        script = f'{self.release_folder}/.build.{name}'
        files.write(script, '\n'.join(['#!/bin/sh', 'set -eu', 'umask 022', *lines]) + '\n', mode=0o644)
        unit = self.layout.build_unit(name)
        argv = ['/usr/bin/systemd-run', '--quiet', '--wait', '--pipe', '--collect', f'--unit={unit}',
                f'--description=Slipway builds a release of {self.layout.app}',
                f'--uid={self.layout.build_user}', f'--gid={self.layout.build_user}',
                f'--property=BindsTo=slipway-session.{self.layout.app}.service',
                f'--property=After=slipway-session.{self.layout.app}.service',
                '--property=NoNewPrivileges=yes', '--property=PrivateTmp=yes', '--property=ProtectSystem=strict',
                '--property=ProtectHome=yes', f'--property=RuntimeMaxSec={int(self.timeout)}',
                f'--property=ReadWritePaths={self.release_folder} {self.layout.build_home}',
                '--property=OOMScoreAdjust=500',
                f'--setenv=HOME={self.layout.build_home}', '--setenv=LC_ALL=C.UTF-8', '--setenv=CI=true',
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
            line = re.sub(rb'[\x00-\x1f\x7f]+', b' ', chunk).strip()[-160:]
            if line:
                self.conversation.send('progress', text=line.decode('utf-8', 'replace'))
        code = process.wait()
        # The unit's cgroup has ended with it (--wait). A descriptor that it passed to others is found when the tree is sealed.
        files.remove(script)
        return code, output.decode('utf-8', 'replace')


def side_by_side(jobs):
    """Runs functions in threads and raises the first failure after all have ended."""
    if len(jobs) == 1:
        jobs[0]()
        return
    failures = []

    def guarded(job):
        try:
            job()
        except Exception as error:  # noqa: BLE001 (re-raised below, in the thread that asked)
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def build_commands(builder, index, service, environment, source, values):
    """The `build` lines of a service, with the environment on the path and `env`, but no secret."""
    if not service['build']:
        return
    entries = environment.path_entries() if environment else []
    exports = [f'export {name}={shlex.quote(value)}' for name, value in sorted(values.items())]
    exports.append(f'export PATH={":".join(shlex.quote(entry) for entry in entries + ["/usr/local/bin", "/usr/bin", "/bin"])}')
    for number, command in enumerate(service['build'], 1):
        builder.conversation.progress(f'{service["name"]}: {command[:120]}')
        code, output = builder.run(f'{index}-{number}', [f'cd {shlex.quote(source)}', *exports, command])
        if code != 0:
            raise Failure(
                'build-failed', f'The build command of {service["name"]} ended with {code}: {command[:200]}',
                'Nothing was switched.',
                'Correct what its output below names, commit, and tag again.',
                [evidence(f'build of {service["name"]}', output)])
