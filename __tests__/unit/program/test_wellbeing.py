"""One definition of what is well, whoever asks."""

from unittest import mock

from place import PlaceTest, Silent, activated, config, service
from slipway import asking, bake, private_questions, units, wellbeing
from slipway.state import FAILED, RESTARTING, STOPPED, UP, State

API, TIMER, RUN, ROUTER = (
    'slipway-app.shop.1.api.1.service',
    'slipway-app.shop.1.report.timer',
    'slipway-app.shop.1.report.service',
    'slipway-router.shop.1.service',
)
DAILY = {'kind': 'times', 'calendar': ['*-*-* 6:0:00 UTC']}


class Wellbeing(PlaceTest):
    def setUp(self):
        super().setUp()
        self.new = activated(self.layout, config(service('api'), service('report', route=None, schedule=DAILY)), releaseId='r1', token='t')
        self.seen = {}
        self.asked = []

        def look(names):
            self.asked.append(list(names))
            return {name: self.seen.get(name, State(STOPPED if name == RUN else UP, said='x')) for name in names}

        self.replace(units, 'look', look)

    def answers(self, **seen):
        """(does it stand, what goes back in a bake, what is told), each asked for at once."""
        self.seen = {{'api': API, 'timer': TIMER, 'run': RUN, 'router': ROUTER}[key]: value for key, value in seen.items()}
        self.asked.clear()
        found = (wellbeing.stands(self.new), wellbeing.faults(self.new), wellbeing.told(self.new))
        self.assertEqual([sorted(names) for names in self.asked], [sorted([API, TIMER, ROUTER])] * 2 + [sorted([API, TIMER, ROUTER, RUN])])
        return found

    def test_all_is_well(self):
        self.assertEqual(self.answers(), (True, [], []))

    def test_what_was_started_again_stands_and_is_not_well(self):
        line = f'{API} is active/running, restarted 2 times, last ended with exit code 3'
        self.assertEqual(self.answers(api=State(UP, 2, 3, said='active/running')), (True, [line], [line]))

    def test_what_is_down_does_not_stand_whatever_it_is(self):
        for key, name in (('api', API), ('timer', TIMER), ('router', ROUTER)):
            for phase in (FAILED, RESTARTING, STOPPED):
                with self.subTest(key=key, phase=phase):
                    line = f'{name} is down, restarted 0 times'
                    self.assertEqual(self.answers(**{key: State(phase, said='down')}), (False, [line], [line]))

    def test_what_is_no_ground_to_go_back_is_told(self):
        stands, faults, told = self.answers(api=State(UP, short_of_tasks=True), run=State(FAILED, exit=3))
        self.assertEqual((stands, faults), (True, []))
        self.assertEqual(told, [f'{API} was refused processes: it has as many as it may (`tasks`)', f'the last run of {RUN} ended with exit code 3'])

    def test_a_bake_goes_by_its_faults(self):
        self.replace(bake, 'served', mock.Mock(return_value=(0, 0)))
        for seen, healthy in ((State(UP), True), (State(UP, 1), False), (State(UP, short_of_tasks=True), True), (State(FAILED), False)):
            self.seen = {API: seen}
            found = bake.observe(Silent(), self.new, None, 0)
            self.assertEqual((found['healthy'], found['findings']), (healthy, wellbeing.faults(self.new)))

    def test_a_bake_goes_by_what_checks_say_three_times_in_a_row(self):
        self.replace(bake, 'served', mock.Mock(return_value=(0, 0)))
        self.new.config['services'][0]['health'] = {'kind': 'path', 'path': '/up'}
        self.new.ports['api'] = [20001]
        gone, said = asking.NoAnswer('refused'), []

        def ask(_activation, _service, _instance, path, _timeout):
            self.assertEqual(path, '/up')
            answer = said.pop(0) if len(said) > 1 else said[0]
            if isinstance(answer, Exception):
                raise answer
            return answer, ''

        self.replace(private_questions, 'ask', ask)
        for answers, apart, healthy in (
            ([200], 0.02, True),
            ([500, 500, 200], 0.02, True),
            ([200, 500, gone, 500], 0.02, False),
            # Twice within its time: as long as there is doubt it is asked further.
            ([500], 0.3, False),
            ([404], 0.02, False),
        ):
            with self.subTest(answers=answers, apart=apart):
                said[:] = answers
                self.replace(bake, 'APART', apart)
                found = bake.observe(Silent(), self.new, None, 0.5)
                self.assertEqual(found['healthy'], healthy)
        self.assertEqual(found['findings'], [f'{API} is not well any more: GET /up answered 404, 3 times in a row'])
