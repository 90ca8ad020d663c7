"""Verbs, one after the other, to a place where something serves: of whatever order, and whatever they are given."""

import base64
import json
import os
import shutil
import sys
import time
from unittest import mock

import ground
from answering import Answering
from judging import claim
from place import config, service
from slipway import (
    asking,
    conversation,
    files,
    health,
    polling,
    ports,
    processes,
    records,
    router,
    session,
    units,
)
from slipway import layout as places
from slipway import release as releases
from slipway.failures import Failure
from slipway.state import UP, State
from transaction import TransactionTest

PHASES = (None, 'stage', 'maintain', 'start', 'switch', 'retire', 'revert')


class Talk(Answering):
    """A runner that sends that content whenever it is asked for some."""

    sent = ()

    def content(self):
        yield from self.sent


class Ready:
    """Whatever is started is well at once."""

    @staticmethod
    def wait():
        pass


class Place(TransactionTest):
    """Activation 1 serves release v1, 2 of v2 is staged. Units are a set of those that were started; whatever waits is told that it is later."""

    def setUp(self):
        super().setUp()
        self.services = [service('api', before=['./migrate'], after=['./warm']), service('queue', route=None), service('beat', route=None, overlap=False)]
        for number in (1, 2):
            self.activation(number)
            # In the history they are under the names that the transaction's tests know.
            info = {'id': f'v{number}-00000000', 'version': f'v{number}', 'commit': 'c', 'digest': 'd', 'config': config(*self.services), 'environments': []}
            self.write(f'{self.layout.release(info["id"])}/release.json', json.dumps(info))
            self.write(f'{self.layout.release(info["id"])}/manifest.json', '[]')
            self.change(number, releaseId=info['id'], tasks=['api: ./migrate'], after=['api: ./warm'])
        history = self.read(self.layout.history)
        self.write(self.layout.history, history.replace('"r1"', '"v1-00000000"').replace('"r2"', '"v2-00000000"'))
        self.replace(session, 'Conversation', Talk)
        self.replace(router, 'ForeignSites', lambda: mock.Mock(check=lambda *_: None))
        self.replace(releases.Release, 'begin_sync', lambda release: setattr(release, '_disk', mock.Mock(wait=lambda: 0)))
        self.replace(units, 'start', self.begin)
        # Mocks would keep all that they were ever asked.
        self.replace(health, 'Starting', lambda *_: Ready)
        self.replace(health, 'own_listeners', lambda *_: None)
        self.replace(units, 'look', lambda names: {name: State(UP) for name in names})
        self.replace(asking, 'ask', self.nobody)
        self.everywhere(processes.run, lambda *_, **__: processes.Result(0, ''))
        self.everywhere(polling.wait_until, lambda condition, *_, **__: condition())
        self.replace(files, 'clear', self.clear)
        self.replace(ports, '_is_free', lambda _port: True)
        self.later = 0.0
        real = time.monotonic
        self.replace(time, 'monotonic', lambda: real() + self.later)
        self.replace(time, 'sleep', self.sleep)
        self.kept = self.all()

    def everywhere(self, what, instead):
        for module in [module for name, module in sys.modules.items() if name.startswith('slipway.')]:
            for name, value in list(vars(module).items()):
                if value is what:
                    self.replace(module, name, instead)

    def sleep(self, _seconds):
        self.later += 3600.0

    def clear(self, *paths):
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)
        return not any(map(os.path.lexists, paths))

    def prove(self, activation, limit=None):
        if activation.number not in self.well:
            raise Failure('not-proven', 'It does not answer.', '', 'Look at its log.')
        return {'number': activation.number, 'seen': []}

    def nobody(self, *_, **__):
        raise asking.NoAnswer('nothing listens there')

    def begin(self, names):
        """A router that is started makes its sockets."""
        for number in (int(name.split('.')[2]) for name in names if name.startswith('slipway-router.')):
            for name in ('http', 'maintenance'):
                self.write(f'{self.layout.activation(number)}/router/{name}.sock')

    def all(self):
        """Whatever lies here: {path: what it is}."""
        found = {}
        for folder, folders, names in os.walk(self.folder):
            for name in folders + names:
                path = f'{folder}/{name}'
                found[path] = os.readlink(path) if os.path.islink(path) else None if os.path.isdir(path) else self.bytes(path)
        return found

    def bytes(self, path):
        with open(path, 'rb') as file:
            return file.read()

    def anew(self):
        """As it was before the first verb."""
        self.told = []
        now = self.all()
        for path in [path for path in now if path not in self.kept or type(now[path]) is not type(self.kept[path])]:
            self.clear(path) if now[path] is None else files.remove(path)
        for path, content in self.kept.items():
            if os.path.lexists(path) and now[path] == content:
                continue
            if content is None:
                os.makedirs(path, exist_ok=True)
            elif isinstance(content, str):
                files.point(path, content)
            else:
                self.write(path, content)


place = ground.host(Place)


def attempt(given):
    place.anew()
    place.well = set(given['well'])
    made = session.Session(place.layout)
    made.conversation.sent = [base64.b64decode(piece) for piece in given['content']]
    for verb, told in given['steps']:
        try:
            made._heard(verb, told)
        except conversation.Ended:
            break
        judge()
    if given['bye']:
        made.end()
        judge()
        claim(made.records is None or records.Records(place.layout).intent() is None, 'something is in hand after a goodbye')
    for answer in made.conversation.answers:
        if not answer['ok']:
            failure = answer['failure']
            raise Failure(failure['code'], failure['what'], failure['why'], failure['cure'])


def judge():
    """Whatever was asked for: users come to what is recorded as serving, or to what is in hand; and that is there."""
    book = records.Records(place.layout)
    intent = book.intent() or {}
    claim(intent.get('phase') in PHASES, 'something else is in hand:', intent)
    leads = router.points_to(place.layout)
    numbers = {book.serving, *([intent['from'], intent['to']] if intent else [])}
    claim(leads in numbers or (leads is None and intent.get('phase') in ('maintain', 'start')), 'users are led to', leads, 'and what serves is', book.serving, intent)
    if book.serving is not None:
        claim(os.path.isfile(f'{place.layout.activation(book.serving)}/activation.json'), 'what serves is not there:', book.serving)
        claim(os.path.isfile(f'{place.layout.release(book.serving_entry()["releaseId"])}/release.json'), 'its release is not there:', book.serving)
    for name in os.listdir(places.UNITS):
        claim(name.startswith('slipway-') or name == os.path.basename(places.WANTS), 'a unit was written:', name)
