"""Which activations are floors for rollbacks, as the history has it; what that means is decided on the runner's side."""

import json
import types

from place import PlaceTest, Silent, config
from slipway import answers, configuration, cutover, settling
from slipway.records import FLOORS, Records


class Floors(PlaceTest):
    def floors(self, *events):
        book = Records(self.layout)
        for event, number, *more in events:
            book.append(event, number, releaseId=f'r{number}', version=f'v{number}', **(more[0] if more else {}))
        anew = [entry['number'] for entry in Records(self.layout).floors()]
        self.assertEqual(anew, [entry['number'] for entry in book.floors()])
        return anew

    def test_follow_the_history(self):
        floor = {'floor': True}
        table = [
            ([('staged', 1), ('proven', 1)], []),
            # Not before it served.
            ([('staged', 2, floor), ('started', 2)], []),
            ([('proven', 2, floor)], [2]),
            ([('retired', 1)], [2]),
            ([('proven', 3), ('retired', 2)], [2]),
            # Consent ends it; what it had crossed is as it was when that goes back by itself.
            ([('proven', 4, {'crossed': [2]}), ('withdrawn', 3, {'serving': 4})], []),
            ([('withdrawn', 4, {'serving': 3})], [2]),
            ([('proven', 5, {'crossed': [2]}), ('withdrawn', 3, {'serving': 5})], []),
            # Rolling back from there is another thing.
            ([('proven', 6), ('withdrawn', 5, {'serving': 6})], []),
            ([('staged', 7, floor), ('proven', 7, floor)], [7]),
            ([('proven', 8), ('withdrawn', 7, {'serving': 8})], []),
            # Proven anew after a revert to it.
            ([('withdrawn', 8, {'serving': 7}), ('proven', 7)], [7]),
            ([('failed', 9, {'serving': 7, 'floor': True})], [7]),
        ]
        for events, numbers in table:
            with self.subTest(events=events):
                self.assertEqual(self.floors(*events), numbers)

    def test_lives_with_a_crossing_of_what_never_was(self):
        self.assertEqual(self.floors(('proven', 1, {'floor': True}), ('proven', 2, {'crossed': [99]})), [1])

    def test_of_many_the_newest_are_told_of(self):
        numbers = self.floors(*(('proven', number, {'floor': True}) for number in range(1, FLOORS + 11)))
        self.assertEqual(numbers, list(range(11, FLOORS + 11)))

    def test_are_told_of_however_old_they_are_and_though_their_files_are_gone(self):
        self.floors(('proven', 1), ('proven', 2, {'floor': True}), *(('proven', number) for number in range(3, 60)))
        told = {entry['number']: entry.get('floor') for entry in answers.standing(self.layout, Records(self.layout))['entries']}
        self.assertEqual((told.get(2), told.get(59), 1 in told), (True, None, False))

    def test_are_recorded_from_the_configuration_with_the_proof(self):
        self.assertEqual(cutover.floor_of(configuration.config(config(rollbackFloor=True), 'shop')), {'floor': True})
        self.assertEqual(cutover.floor_of(configuration.config(config(), 'shop')), {})

    def test_consent_outlives_a_run_that_dies_between_switch_and_proof(self):
        seen = []
        self.replace(settling.acts, 'load', lambda *_: types.SimpleNamespace(in_containers=lambda: False))
        self.replace(settling.router, 'points_to', lambda _: 4)
        self.replace(settling.proof, 'prove', lambda *_: None)
        for name in ('record_proven', 'after_proof'):
            self.replace(settling.cutover, name, lambda _records, _new, *more: seen.append(more))
        book = Records(self.layout)
        book.append('staged', 4)
        book.intend('switch', 3, 4, withdraw=True, crossing=[2], by='ann', run='')
        settling._settle(self.layout, book, Silent(), json.loads(self.read(self.layout.intent)), {}, 1)
        self.assertEqual(seen, [({}, [2]), (3, True, {})])
