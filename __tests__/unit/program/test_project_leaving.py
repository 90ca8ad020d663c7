"""What an app leaves with the Engine: when it is removed, and when it runs as processes from now on."""

import json
import os
import unittest
from unittest import mock

from containers import ContainersTest
from place import Silent, activated, config
from slipway import activation as acts
from slipway import removing, retire
from slipway.failures import Failure
from slipway.project import (
    engine,
    known_projects,
    leaving,
    networks,
    preparing,
    tidying,
    volumes,
)
from slipway.records import Records

VOLUME = {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/data'}]}
MODEL = {'services': {'db': VOLUME}, 'networks': {'default': None}, 'volumes': {'data': None}}


class LeavingTest(ContainersTest):
    def setUp(self):
        super().setUp()
        self.replace(engine, 'SOCKET', self.write('docker.sock'))
        self.replace(leaving, 'run', mock.Mock())
        self.images = self.replace(tidying, 'images', mock.Mock())
        self.images.prune.return_value = 2
        self.replace(leaving, 'images', self.images)

    def made(self):
        volumes.make(MODEL, 'notes')
        networks.make(MODEL, networks.plan(MODEL, 'notes', 1), 'notes', {'slipway.app': 'shop', 'slipway.activation': '1'}, False)

    def release(self, name, **said):
        self.write(f'{self.layout.release(name)}/release.json', json.dumps({'config': said}))


class Names(LeavingTest):
    def test_by_what_its_releases_say_and_by_what_was_noted(self):
        self.assertEqual(known_projects.of(self.layout), [])
        self.release('r1', compose={'project': 'notes'})
        self.release('r2')
        self.assertEqual(known_projects.of(self.layout), ['notes'])
        for name in ('other', 'other'):
            known_projects.note(self.layout, name)
        self.assertEqual(known_projects.of(self.layout), ['notes', 'other'])
        known_projects.forget(self.layout)
        self.assertEqual(known_projects.of(self.layout), ['notes'])

    def test_are_noted_with_each_activation(self):
        new = self.stored(self.activation(1, {'db': VOLUME}))
        preparing.write(self.project({'db': VOLUME}, volumes={'data': None}), new, None)
        self.assertEqual(json.loads(self.read(known_projects.file(self.layout))), ['notes'])


class Removed(LeavingTest):
    def leave(self, with_data=False):
        return list(leaving.leave(self.layout, with_data))

    def test_volumes_stay_and_are_found_when_all_releases_are_gone(self):
        self.made()
        known_projects.note(self.layout, 'notes')
        self.assertEqual(self.leave(), ['its networks and images are gone', 'its volumes notes_data stay: sudo docker volume rm notes_data'])
        self.assertEqual((list(self.engine.networks), list(self.engine.volumes)), ([], ['notes_data']))
        # Whoever wants them gone after all.
        self.assertEqual(self.leave(True)[1:], ['its volumes notes_data are gone'])
        self.assertEqual((self.engine.volumes, os.path.exists(known_projects.file(self.layout))), ({}, False))
        self.assertEqual(self.leave(), [])

    def test_its_images_and_what_was_pulled_for_them(self):
        self.write(f'{self.layout.release("r1")}/images.json', json.dumps({'db': {'id': 'x'}}))
        self.release('r1', compose={'project': 'notes'})
        self.write(tidying.known(self.layout), '{}')
        self.leave()
        self.images.prune.assert_called_with(self.layout, [])
        self.images.forget.assert_called_with({'db': {'id': 'x'}}, [])
        self.assertFalse(os.path.exists(tidying.known(self.layout)))

    def test_a_network_in_which_somebody_is_stays(self):
        self.made()
        known_projects.note(self.layout, 'notes')
        networks.connect('notes_default', 'id-theirs', 'x', None)
        self.leave()
        self.assertEqual(list(self.engine.networks), ['notes_default'])

    def test_without_an_engine_it_says_so(self):
        self.assertEqual(self.leave(), [])
        known_projects.note(self.layout, 'notes')
        os.unlink(engine.SOCKET)
        self.assertEqual(len(self.leave()), 1)
        self.assertIn('no Docker Engine', self.leave()[0])

    def test_the_name_stays_its_own_as_long_as_there_are_volumes(self):
        known_projects.note(self.layout, 'notes')
        said = list(removing._left(self.layout))
        self.assertEqual([line for line in said if 'projects.json' in line], [])


class TurnedAway(LeavingTest):
    """Activation 1 ran containers, 2 is processes and serves."""

    def setUp(self):
        super().setUp()
        self.made()
        known_projects.note(self.layout, 'notes')
        self.book = Records(self.layout)
        for number in (1, 2):
            self.book.append('staged', number, releaseId=f'r{number}', version=f'v{number}')
            self.book.append('proven', number, releaseId=f'r{number}', version=f'v{number}')
        self.stored(self.activation(1, {'db': VOLUME}))
        self.engine.add('notes--1', 'db')
        for name in ('_drain', '_let_runs_end'):
            self.replace(retire, name, lambda *_: [])
        for where, name in ((retire.tls, 'tidy'), (retire.router, 'release_claims'), (retire.acts, 'discard')):
            self.replace(where, name, mock.Mock())

    def retire(self):
        serving = activated(self.layout, config(), 2, releaseId='r2')
        return retire.retire(self.layout, self.book, Silent(), serving, 0, 5)

    def test_networks_and_images_go_and_volumes_are_spoken_of_once(self):
        self.assertEqual(self.retire()[1:], ['removed 2 images', 'removed 1 network', 'its volumes notes_data stay: sudo docker volume rm notes_data'])
        self.assertEqual((list(self.engine.networks), list(self.engine.volumes)), ([], ['notes_data']))
        self.images.prune.return_value = 0
        self.assertTrue(acts.load(self.layout, 1).in_containers())
        self.write(f'{self.layout.activation(1)}/activation.json', 'gone')
        self.assertEqual(self.retire(), [])

    def test_an_engine_that_is_down_is_no_reason_to_fail(self):
        def down(*_):
            raise Failure('engine-silent', 'The Docker Engine of this host does not answer.', '', '')
        self.replace(tidying, 'tidy', down)
        self.assertEqual(self.retire()[1:], ['what it had in containers is not tidied: The Docker Engine of this host does not answer.'])

    def test_an_app_that_never_had_containers_asks_no_engine(self):
        known_projects.forget(self.layout)
        self.replace(engine, 'ask', mock.Mock(side_effect=AssertionError))
        self.assertEqual(leaving.turn_away(self.layout, True), [])


if __name__ == '__main__':
    unittest.main()
