"""What an app leaves with the Engine: when it is removed, and when it runs as processes from now on."""

import json
import os
import unittest
from unittest import mock

from containers import ContainersTest
from place import Silent, activated, config
from slipway import activation as acts
from slipway import files, removing, retire
from slipway import layout as places
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
        self.replace(places, 'Layout', self.layout_of)
        self.replace(leaving, 'run', mock.Mock())
        self.images = self.replace(tidying, 'images', mock.Mock())
        self.images.prune.return_value = 2
        self.replace(leaving, 'images', self.images)

    def made(self):
        self.make('shop')

    def make(self, app, project='notes'):
        volumes.make(MODEL, project, app)
        networks.make(MODEL, networks.plan(MODEL, project, 1), project, {'slipway.app': app, 'slipway.activation': '1'}, False)

    def by_compose(self, project='notes'):
        """As Compose itself makes them, and earlier versions did."""
        for kind, name in (('networks', f'{project}_default'), ('volumes', f'{project}_data')):
            getattr(self.engine, kind)[name] = {'Id': name, 'Name': name, 'Labels': {'com.docker.compose.project': project}}

    def other_app(self, project='notes'):
        """`blog`, whose release has that project, and which has no container yet."""
        self.write(f'{places.STATE}/apps/blog')
        self.write(f'{self.layout_of("blog").release("r1")}/release.json', json.dumps({'config': {'compose': {'project': project}}}))

    def there(self):
        return sorted(self.engine.networks), sorted(self.engine.volumes)

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

    def test_are_noted_after_proof_and_not_before(self):
        new = self.stored(self.activation(1, {'db': VOLUME}))
        preparing.write(self.project({'db': VOLUME}, volumes={'data': None}), new, None)
        self.assertEqual(known_projects.noted(self.layout), [])
        book = Records(self.layout)
        for state in ('staged', 'proven'):
            book.append(state, 1, releaseId='r1', version='v1')
        for where, name in ((retire.tls, 'tidy'), (retire.router, 'release_claims'), (retire.listening, 'close_ways')):
            self.replace(where, name, mock.Mock())
        retire.retire(self.layout, book, Silent(), new, 0, 5)
        self.assertEqual(json.loads(self.read(known_projects.file(self.layout))), ['notes'])

    def test_of_others_are_those_of_apps_that_are_here_or_whose_data_are(self):
        self.release('r1', compose={'project': 'notes'})
        self.assertEqual(known_projects.of_others(self.layout), set())
        self.other_app('theirs')
        for folder, app in (('removing', 'going'), ('removed', 'gone'), ('apps', 'shop')):
            self.write(f'{places.STATE}/{folder}/{app}')
            known_projects.note(self.layout_of(app), f'of-{app}')
        # Whatever is left of one.
        self.write(f'{self.layout_of("blog").release("r2")}/release.json', '{"con')
        self.assertEqual(known_projects.of_others(self.layout), {'theirs', 'of-going', 'of-gone'})


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

    def test_what_it_did_not_make_stays_and_is_said(self):
        self.by_compose()
        known_projects.note(self.layout, 'notes')
        for with_data in (False, True):
            said = self.leave(with_data)
            self.assertEqual(said[1:], [f'the {kind}s {name} stay, which were not made for it: sudo docker {kind} rm {name} if nobody needs them'
                                        for kind, name in (('network', 'notes_default'), ('volume', 'notes_data'))])
            self.assertEqual(self.there(), (['notes_default'], ['notes_data']))
        self.assertFalse(os.path.exists(known_projects.file(self.layout)))

    def test_of_another_app_it_neither_removes_nor_names_anything(self):
        # Both had that project for a moment; this one's deployment came to nothing.
        self.make('blog')
        self.other_app()
        self.release('r1', compose={'project': 'notes'})
        known_projects.note(self.layout, 'notes')
        self.assertEqual(self.leave(True), ['its networks and images are gone'])
        self.assertEqual(self.there(), (['notes_default'], ['notes_data']))

    def test_its_own_that_another_app_has_come_to_stays(self):
        self.made()
        self.make('shop', 'own')
        self.other_app()
        known_projects.note(self.layout, 'notes')
        said = self.leave(True)
        self.assertIn('its volumes own_data are gone', said)
        self.assertIn('the volumes notes_data stay, for others use them or have their project: sudo docker volume rm notes_data if nobody needs them', said)
        self.assertEqual(self.there(), (['notes_default'], ['notes_data']))
        # As long as they are there its mark on them is to be nobody else's.
        self.assertEqual(known_projects.noted(self.layout), ['notes'])

    def test_its_own_of_a_project_that_is_run_by_hand_stays_though_it_is_stopped(self):
        self.made()
        known_projects.note(self.layout, 'notes')
        self.engine.add('notes', 'db', app=None, running=False)
        self.leave(True)
        self.assertEqual(self.there(), (['notes_default'], ['notes_data']))

    def test_a_volume_that_a_container_has_stays_and_the_removal_goes_on(self):
        self.made()
        known_projects.note(self.layout, 'notes')
        self.engine.refuse['DELETE /volumes/notes_data'] = 409
        self.assertIn('the volumes notes_data stay', self.leave(True)[-1])
        self.assertTrue(os.path.exists(known_projects.file(self.layout)))
        self.engine.refuse.clear()
        self.assertEqual(self.leave(True)[-1], 'its volumes notes_data are gone')
        self.assertFalse(os.path.exists(known_projects.file(self.layout)))

    def test_of_a_first_deployment_that_failed_volumes_are_its_own_too(self):
        self.made()
        self.release('r1', compose={'project': 'notes'})
        self.assertEqual(self.leave()[-1], 'its volumes notes_data stay: sudo docker volume rm notes_data')
        # Now its releases are gone.
        files.clear(self.layout.releases)
        self.assertEqual(self.leave(True)[-1], 'its volumes notes_data are gone')

    def test_who_is_asked_is_told_which_volumes_go(self):
        self.assertEqual(leaving.foretell(self.layout, True), [])
        self.made()
        known_projects.note(self.layout, 'notes')
        self.engine.volumes['notes_old'] = {'Name': 'notes_old', 'Labels': {'com.docker.compose.project': 'notes'}}
        other = 'The volumes notes_old, which Slipway did not mark as its own, stay.'
        self.assertEqual(leaving.foretell(self.layout, True), ['Its volumes notes_data go too, but those that others use.', other])
        self.assertEqual(leaving.foretell(self.layout, False), ['Its volumes notes_data stay.', other])
        self.replace(engine, 'ask', mock.Mock(side_effect=TimeoutError('timed out')))
        self.assertEqual(leaving.foretell(self.layout, True), ['Which volumes it has is not known: timed out'])

    def test_without_an_engine_it_says_so(self):
        self.assertEqual(self.leave(), [])
        known_projects.note(self.layout, 'notes')
        os.unlink(engine.SOCKET)
        for with_data, noted in ((False, ['notes']), (True, [])):
            said = self.leave(with_data)
            self.assertEqual(len(said), 1)
            self.assertIn('no Docker Engine', said[0])
            # Else the name would never be free again.
            self.assertEqual(known_projects.noted(self.layout), noted)

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
