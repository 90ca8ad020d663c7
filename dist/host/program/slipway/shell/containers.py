''
import json
import selectors
import subprocess
import sys

from ..processes import ENVIRONMENT
from ..project import jobs
from ..project.rendering import DOCKER
from . import looking, page


def show(activation, words):
    containers = _containers(activation, words.service)
    command = [DOCKER, 'logs', '--timestamps', '--tail', str(words.lines), *(['--follow'] if words.follow else [])]
    found = (_followed if words.follow else _ended)({process: [*command, name] for process, name in containers.items()})
    if words.json and not words.follow:
        print(json.dumps({'schema': looking.SCHEMA, 'app': activation.layout.app, 'number': activation.number, 'entries': list(found)}, indent=2))
        return 0
    some = False
    for item in found:
        some = True
        print(json.dumps(item) if words.json else f'{item["at"]} {item["process"]}: {page.shown(item["text"])}', flush=words.follow)
    if not some:
        print(f'slipway: there are no logs of activation {activation.number}' + (f', service {words.service}' if words.service else ''), file=sys.stderr)
    return 0


def _containers(activation, wanted):
    ''
    names = {f'{service["name"]} {instance}': activation.name_of(service, instance) for service in activation.running()
             for instance in range(1, service['instances'] + 1)}
    names.update({job: jobs.container_name(activation, job) for job in jobs.names(activation)})
    there = activation.supervisor.containers(names.values())
    return {process: there[name]['Id'] for process, name in names.items()
            if name in there and (wanted is None or process.partition(' ')[0] == wanted)}


def _entry(process, line):
    ''
    at, _, text = line.decode('utf-8', 'replace').rstrip('\r\n').partition(' ')
    return {'at': f'{at[:23]}Z', 'process': process, 'text': text}


def _ended(commands):
    found = []
    for process, command in commands.items():
        said = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd='/', check=False)
        found += [_entry(process, line) for line in said.stdout.splitlines()]
    return sorted(found, key=lambda item: item['at'])


def _followed(commands):
    with selectors.DefaultSelector() as waiting:
        for process, command in commands.items():
            source = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd='/')
            waiting.register(source.stdout, selectors.EVENT_READ, (process, source))
        while waiting.get_map():
            for key, _ in waiting.select():
                process, source = key.data
                line = key.fileobj.readline()
                if line:
                    yield _entry(process, line)
                else:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
                    source.wait()
