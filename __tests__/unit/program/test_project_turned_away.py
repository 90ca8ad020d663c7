"""What an app leaves with the Engine that runs as processes from now on."""

import json
import os
import unittest
from unittest import mock

from place import Silent, activated, config
from slipway import activation as acts
from slipway import draining, files, retire
from slipway.failures import Failure
from slipway.project import engine, known_projects, leaving, tidying
from slipway.records import Records
from test_project_leaving import VOLUME, LeavingTest


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
        self.replace(draining, 'drain', lambda *_: 0)
        self.replace(retire, '_let_runs_end', lambda *_: [])
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

    def test_what_others_have_of_its_former_project_stays(self):
        self.by_compose('theirs')
        known_projects.note(self.layout, 'theirs')
        self.make('blog', 'blogs')
        # A project that people stopped, under the name that was this app's.
        self.engine.add('notes', 'db', app=None, running=False)
        self.retire()
        self.assertEqual(self.there(), (['blogs_default', 'notes_default', 'theirs_default'], ['blogs_data', 'notes_data', 'theirs_data']))

    def test_between_the_networks_of_another_app_and_its_first_container(self):
        self.other_app()
        self.retire()
        self.assertEqual(self.there(), (['notes_default'], ['notes_data']))

    def test_nor_is_one_that_breaks_off(self):
        for broken in (TimeoutError('timed out'), ConnectionError('the Engine broke off')):
            with self.subTest(broken):
                self.replace(tidying, 'tidy', mock.Mock(side_effect=broken))
                self.assertEqual(leaving.turn_away(self.layout, False), [f'what it had in containers is not tidied: {broken}'])

    def test_each_answer_is_waited_for_a_moment_only(self):
        seen = []
        self.replace(engine, 'Connection', lambda timeout: seen.append(timeout) or mock.Mock(request=mock.Mock(side_effect=TimeoutError)))

        def ask(*_, **__):
            with engine.opened('GET', '/networks'):
                pass
        self.replace(tidying, 'tidy', ask)
        self.assertEqual(len(leaving.turn_away(self.layout, False)), 1)
        with self.assertRaises(Failure):
            ask()
        self.assertEqual(seen, [leaving.PATIENCE, engine.PATIENCE])

    def test_once_nothing_is_left_it_is_asked_no_more(self):
        self.write(tidying.known(self.layout), '{}')
        self.retire()
        self.assertEqual(known_projects.noted(self.layout), ['notes'])
        self.engine.volumes.clear()
        self.write(f'{self.layout.release("r1")}/images.json', json.dumps({'db': {'id': 'x', 'reference': 'db:1'}}))
        self.release('r1', compose={'project': 'notes'})
        # One that can be gone back to has its images still.
        leaving.turn_away(self.layout, False)
        self.assertEqual(known_projects.noted(self.layout), ['notes'])
        files.clear(self.layout.releases)
        leaving.turn_away(self.layout, False)
        self.assertEqual([os.path.exists(path) for path in (known_projects.file(self.layout), tidying.known(self.layout))], [False, False])
        self.replace(engine, 'ask', mock.Mock(side_effect=AssertionError))
        self.assertEqual(leaving.turn_away(self.layout, False), [])

    def test_an_app_that_never_had_containers_asks_no_engine(self):
        known_projects.forget(self.layout)
        self.replace(engine, 'ask', mock.Mock(side_effect=AssertionError))
        self.assertEqual(leaving.turn_away(self.layout, True), [])


if __name__ == '__main__':
    unittest.main()
