"""Gives inputs to the host program, in one process: a line of JSON in, a line out. `program.ts` speaks to it.

Python's audit hook is the canary: whoever starts a program, connects somewhere or writes outside of the folder of the test is caught at it, whatever
becomes of the exception.
"""

import base64
import contextlib
import itertools
import json
import os
import queue
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, '..', 'unit', 'program'))

from place import PlaceTest
from place import config as place_config
from place import service as place_service
from slipway import (
    activation_router,
    configuration,
    content,
    conversation,
    fields,
    files,
    manifest,
    nginx_text,
    records,
    router,
    session,
    shellwords,
    sites,
)
from slipway.addresses import Port
from slipway.failures import Failure
from slipway.project import describing, durations, engine, extensions, kinds, wanted
from slipway.supervisors import Definition
from slipway.supervisors.systemd import unit

place = PlaceTest()
place.setUp()
caught = []
# Seconds of processor time after which an input is ended where it is, so that its stack is told: `judge.ts` has the limit.
LONGEST = 4
FORBIDDEN = ('subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn', 'os.fork', 'os.forkpty', 'os.spawn', 'socket.connect', 'socket.bind', 'ctypes.dlopen', 'import.pty')
CHANGES = ('os.remove', 'os.rename', 'os.rmdir', 'os.mkdir', 'os.link', 'os.symlink', 'os.truncate', 'os.chmod', 'os.chown', 'shutil.rmtree')
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def watch(event, arguments):
    if event in FORBIDDEN:
        caught.append(f'{event} {arguments!r}')
    elif event in CHANGES or (event == 'open' and isinstance(arguments[2], int) and arguments[2] & WRITING):
        for path in arguments[:2] if event in ('os.rename', 'os.link') else arguments[:1]:
            if isinstance(path, (str, bytes)) and not os.path.realpath(os.fsdecode(path)).startswith(f'{place.folder}/') and os.fsdecode(path) != '/dev/null':
                caught.append(f'{event} {path!r}')


class Broken(Exception):
    """Something was taken that must not be, or came out as it must not."""


def claim(holds, what, *shown):
    if not holds:
        raise Broken(f'{what} {json.dumps(shown)[:2000]}')


def heard(data, cuts):
    """What a conversation takes of these bytes when they come in these pieces: (what it hands on, how it ends)."""
    talk = conversation.Conversation.__new__(conversation.Conversation)
    talk._queue, talk._searched = queue.Queue(), 0
    buffer, at, end = bytearray(), 0, None
    try:
        for cut in [*cuts, len(data)]:
            buffer += data[at:cut]
            at = max(at, cut)
            end = talk._take(buffer)
            if end:
                break
    except (ValueError, RecursionError) as error:
        end = type(error).__name__
    return list(talk._queue.queue), end


def talk(given):
    data = base64.b64decode(given['bytes'])
    whole = heard(data, [])
    claim(whole == heard(data, sorted(cut for cut in given['cuts'] if cut < len(data))), 'what is heard depends on the pieces in which it comes')
    for kind, *rest in whole[0]:
        claim(kind in ('data', 'command'), 'something else is handed on:', kind)
        claim(kind == 'data' or (isinstance(rest[0], str) and isinstance(rest[1], dict)), 'a command is none')
    if whole[1] not in (None, 'abandon', 'bye'):
        raise Failure('conversation-broken', 'It is no talk of a runner.', '', 'It is ended.')


class Answering:
    """Hears what a session answers."""

    def __init__(self):
        self.answers = []

    def send(self, kind, **said):
        if kind == 'answer':
            self.answers.append(json.loads(json.dumps(said)))

    def progress(self, text):
        json.dumps(text)

    def uninterrupted(self):
        return contextlib.nullcontext()

    def content(self):
        raise conversation.Ended

    def is_gone(self):
        return False


def verbs(given):
    """A session before its `inspect`, and one after it whose place has nothing: what is judged before anything is touched."""
    place.replace(session, 'Conversation', Answering)
    place.replace(router, 'ForeignSites', lambda: type('Sites', (), {'check': staticmethod(lambda *_: None)}))
    made = session.Session(place.layout)
    if given['inspected']:
        made.records = records.Records(place.layout)
        made.foreign = router.ForeignSites()
    try:
        made._heard(given['verb'], given['given'])
    except conversation.Ended:
        return
    for answer in made.conversation.answers:
        if not answer['ok']:
            failure = answer['failure']
            raise Failure(failure['code'], failure['what'], failure['why'], failure['cure'])


def received(given):
    data = base64.b64decode(given['bytes'])
    cuts = [0, *sorted(cut for cut in given['cuts'] if cut < len(data)), len(data)]
    incoming = f'{place.folder}/received'
    store = content.Store(place.layout, incoming)
    try:
        store.receive(iter([data[one:other] for one, other in itertools.pairwise(cuts)]), given['sizes'])
        for key in given['sizes']:
            claim(store.sources[key].startswith(f'{incoming}/') and os.path.dirname(store.sources[key]) == incoming, 'content lies elsewhere:', store.sources[key])
            claim(os.path.getsize(store.sources[key]) == given['sizes'][key], 'content has another size')
    finally:
        for name in os.listdir(incoming) if os.path.isdir(incoming) else ():
            os.unlink(f'{incoming}/{name}')


def rows(given):
    judged = fields.each(given['rows'], 'manifest', fields.manifest_entry, 1000)
    ordered = manifest.assemble([], [], judged, given['digest'] or manifest.digest(sorted({row[0]: row for row in judged}.values(), key=lambda row: row[0].encode())))
    for path, *_ in ordered:
        claim(os.path.normpath(f'/r/{path}') == f'/r/{path}' and not path.startswith('.git/'), 'a path was taken:', path)
    links = {path: text for path, text in given['links'].items() if isinstance(text, str)}
    for path, text in links.items():
        if os.path.normpath(path) == path and not path.startswith(('/', '..')) and manifest.link_stays(path, text, links):
            plain = os.path.normpath(os.path.join('/r', os.path.dirname(path), text))
            claim(links.keys() != {path} or plain == '/r' or plain.startswith('/r/'), 'a link was taken:', path, text)


def config(given):
    judged = configuration.config(given['config'], 'shop')
    taken = fields.secret_map(given['secrets'])
    for service in judged['services']:
        if service['static'] is not None:
            continue
        for simple in (True, False):
            for line in unit(Definition(place.layout, 7, service, 0, f'{place.layout.release("v1-00000000")}/src', simple, ('NoNewPrivileges=yes',))).splitlines():
                claim(not line or line.startswith('[') or line.partition('=')[0].isalnum(), 'a line of a unit is not ours:', line)
                claim(not line.startswith('ExecStart=') or line == f'ExecStart=/bin/sh {place.layout.activation(7)}/{service["name"]}.start', 'a unit starts something else:', line)
        script = shellwords.start_script(service['start'], service['path']).splitlines()
        claim(len(script) == 4 and script[:2] == ['#!/bin/sh', 'set -e'] and script[2].startswith('cd '), 'a script has other lines:', script)
        values = {**service['env'], **{name: value for name, value in taken.items() if name in service['secrets']}}
        claim(shellwords.read_environment_file(shellwords.environment_file(values)) == values, 'variables are not what they were:', values)
    if judged['target'] == 'vm':
        found = nginx_text.parse(routed(judged))
        claim(found is not None, 'what nginx is to read is broken')
        claim(names_of(found) <= OURS, 'nginx is told something that is not ours:', sorted(names_of(found) - OURS))


def routed(judged):
    """What nginx is told of an app, but for its files."""
    ports = {service['name']: [Port(20001 + number) for number in range(service['instances'])] for service in judged['services'] if service['static'] is None}
    return activation_router.configuration(place.layout, 7, judged, ports, 'a' * 32, pages=tuple(judged['pages']))


def names_of(directives):
    """Names of directives. In these blocks they are values, such as the networks of trusted proxies."""
    return {item.name for item in directives} | {name for item in directives if item.block and item.name not in ('map', 'geo', 'types') for name in names_of(item.block)}


OURS = {name for protocol in ('http', 'uwsgi', 'fastcgi') for more in (
    {}, {'services': [place_service('api'), place_service('files', route='/files', start='', instances=0, static={'folder': 'public', 'fallback': None, 'cache': 60})]},
    {'aliases': ['www.example.com'], 'tls': {'kind': 'own', 'certificate': 'A', 'key': 'B'}, 'hsts': 60, 'pages': {'error': 'e', 'maintenance': 'm'}, 'trustedProxies': ['10.0.0.0/8']})
    for route in ('/', '/api') for name in names_of(nginx_text.parse(routed(configuration.config({**place_config(place_service('api', route=route, protocol=protocol, instances=2)), **more}, 'shop'))))}


def compose(given):
    """`docker compose config` prints what it was given, in shapes that its schema knows."""
    model = given['model']
    settings = wanted.settings(given['settings'])
    found = kinds.of_model(model)
    for level in kinds.order(found):
        for name in level:
            claim(name in model['services'], 'a service is none:', name)
    kinds.renewed(found, model, settings['images'])
    for service in describing.services(model, found, {}):
        claim(isinstance(service['name'], str), 'a service has no name')
        json.dumps(service)


def words(given):
    """Texts that others write: what Compose and nginx print, what the Engine says, the history."""
    text, data = given['text'], given['text'].encode('utf-8', 'surrogatepass')
    for server in sites.servers(text):
        claim(str(server) != '', 'a server is nowhere')
    router.foreign_site(text, 'shop.example.com')
    claim(isinstance(engine.message(data), str), 'the Engine says no words')
    engine._streams(data)
    extensions.of_services(text)
    durations.seconds(text, 5.0)
    shellwords.is_simple(text)
    path = place.layout.history
    with open(path, 'wb') as file:
        file.write(data)
    book = records.Records(place.layout)
    claim(isinstance(book.next_number(), int), 'the history has no next number')
    book.floors(), book.ordered(), book.unretired(), book.intent()
    os.unlink(path)
    files.read_json(path)


SURFACES = {'talk': talk, 'verbs': verbs, 'received': received, 'rows': rows, 'config': config, 'compose': compose, 'words': words}


class Endless(BaseException):
    """It takes processor time without end. Nobody else catches that."""


def interrupt(*_):
    raise Endless


def attempt(name, given):
    """What an input came to, as `program.ts` takes it."""
    began = time.process_time()
    answer = {}
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        SURFACES[name](given)
    except Failure as failure:
        answer = {'failure': failure.as_json()}
    except OSError as error:
        # The session tells of it as what it is.
        answer = {'failure': Failure('system', str(error), '', 'It is what the system says.').as_json()}
    except (Exception, Endless) as error:  # noqa: BLE001 (all else is what is looked for)
        answer = {'error': f'{type(error).__name__}: {error}', 'stack': traceback.format_exc()[-3000:]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if caught:
        answer = {'error': f'it did what it may not: {"; ".join(caught)[:2000]}', 'stack': ''}
        caught.clear()
    return {**answer, 'took': (time.process_time() - began) * 1000}


def main():
    signal.signal(signal.SIGPROF, interrupt)
    sys.addaudithook(watch)
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            sys.stdout.write(json.dumps(attempt(asked['surface'], asked['input'])) + '\n')
            sys.stdout.flush()
    finally:
        place.doCleanups()


if __name__ == '__main__':
    main()
