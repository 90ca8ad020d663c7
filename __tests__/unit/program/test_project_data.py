"""Data in volumes without a name: never two at once, and handed on."""
import unittest

from containers import model
from slipway.failures import Failure
from slipway.project import composing, handing_on, kinds

NAMELESS = 'ab' * 32


def mounted(place='/data', name=NAMELESS, kind='volume'):
    return {'Type': kind, 'Name': name, 'Destination': place}


class Data(unittest.TestCase):
    def kind(self, service, places):
        whole = model(web=service)
        return kinds.with_data(kinds.of_model(whole)['web'], service, places)

    def test_what_an_image_keeps_cannot_be_there_twice(self):
        found = self.kind({'image': 'redis'}, ['/data'])
        self.assertEqual((found.kind, found.why), (kinds.ALONE, 'its image keeps data in /data, in a volume without a name'))

    def test_unless_it_has_a_name_is_in_memory_or_may_be_lost(self):
        for service in ({'volumes': [{'type': 'volume', 'source': 'data', 'target': '/data', 'read_only': True}]}, {'tmpfs': ['/data:size=1m']},
                        {'x-slipway': {'rollout': 'beside'}}):
            with self.subTest(service):
                self.assertEqual(self.kind(service, ['/data']).kind, kinds.BESIDE)

    def test_the_next_one_gets_it(self):
        self.assertEqual(handing_on.volumes('db', {}, [{'Mounts': [mounted(), mounted('/conf', 'notes_conf'), mounted('/x', kind='bind')]}], 1), {'/data': NAMELESS})

    def test_but_not_what_it_mounts_itself(self):
        own = {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/data'}]}
        self.assertEqual(handing_on.volumes('db', own, [{'Mounts': [mounted()]}], 1), {})
        self.assertEqual(handing_on.volumes('db', {'volumes': [{'type': 'volume', 'target': '/data'}]}, [{'Mounts': [mounted()]}], 1), {'/data': NAMELESS})

    def test_of_several_nobody_can_tell_whose_it_is(self):
        with self.assertRaises(Failure) as caught:
            handing_on.volumes('db', {}, [{'Mounts': [mounted()]}, {'Mounts': [mounted()]}], 2)
        self.assertEqual(caught.exception.code, 'data-without-name')

    def test_it_is_mounted_by_the_name_that_docker_gave_it(self):
        services = {'db': {'volumes': [{'type': 'volume', 'target': '/data'}, {'type': 'volume', 'source': 'conf', 'target': '/conf'}]}}
        given = composing._hand_on(services, {'db': {'/data': NAMELESS}})
        self.assertEqual(given, {'handed-on.0': NAMELESS})
        self.assertEqual(services['db']['volumes'], [{'type': 'volume', 'source': 'conf', 'target': '/conf'},
                                                     {'type': 'volume', 'source': 'handed-on.0', 'target': '/data'}])


if __name__ == '__main__':
    unittest.main()
