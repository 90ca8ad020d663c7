"""`slipway logs` of an app of containers: merged by time, or as it comes, from real processes in the place of docker's."""

import contextlib
import io
import json
import os
import unittest

from containers import ContainersTest
from slipway.shell import containers
from slipway.shell.words import Words

# Prints what lies in the file of that container, and how it was asked.
DOCKER = '#!/bin/sh\nfolder=$(dirname "$0")\necho "$*" >>"$folder/asked"\nfor name; do :; done\ncat "$folder/$name.log"\n'


class Logs(ContainersTest):
    def setUp(self):
        super().setUp()
        self.replace(containers, 'DOCKER', self.write('bin/docker', DOCKER, 0o755))
        self.new = self.activation(3, {'web': {'deploy': {'replicas': 2}}, 'db': {'depends_on': {'migrate': {'condition': 'service_completed_successfully'}}}, 'migrate': {}})
        for service, number, log in (
            ('web', 1, '2026-11-27T07:34:04.157394669Z GET /\n2026-11-27T07:34:06.100000000Z GET /a\r\n'),
            ('web', 2, '2026-11-27T07:34:05.000000000Z \x1b[31mGET /b\n'),
            ('db', 1, ''),
            ('migrate', 1, '2026-11-27T07:34:01.000000000Z done \xe9\n'),
        ):
            item = self.engine.add('notes--3', service, number)
            self.write(f'bin/{item["Id"]}.log', log.encode('latin-1'))

    def show(self, *argv):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(containers.show(self.new, Words(['logs', 'shop', *argv])), 0)
        return out.getvalue(), err.getvalue()

    def asked(self):
        return self.read('bin/asked').splitlines()

    def test_are_merged_by_time_jobs_among_them(self):
        out, err = self.show()
        lines = out.splitlines()
        self.assertEqual([line[:36] for line in lines], ['2026-11-27T07:34:01.000Z migrate: do', '2026-11-27T07:34:04.157Z web 1: GET ', '2026-11-27T07:34:05.000Z web 2: ?[31', '2026-11-27T07:34:06.100Z web 1: GET '])
        self.assertTrue(lines[0].endswith('done \ufffd'))
        self.assertEqual(err, '')
        self.assertIn('logs --timestamps --tail 100 id-notes--3-web-1', self.asked())

    def test_of_one_service_and_so_many_lines(self):
        out, _ = self.show('--service', 'web', '--lines', '5')
        self.assertEqual(len(out.splitlines()), 3)
        self.assertEqual(sorted(self.asked()), [f'logs --timestamps --tail 5 id-notes--3-web-{number}' for number in (1, 2)])

    def test_as_json(self):
        told = json.loads(self.show('--json', '--service', 'migrate')[0])
        self.assertEqual((told['app'], told['number']), ('shop', 3))
        self.assertEqual(told['entries'], [{'at': '2026-11-27T07:34:01.000Z', 'process': 'migrate', 'text': 'done \ufffd'}])

    def test_none(self):
        out, err = self.show('--service', 'db')
        self.assertEqual((out, err), ('', 'slipway: there are no logs of activation 3, service db\n'))
        self.assertEqual(self.show('--service', 'nobody')[0], '')

    def test_as_they_come_until_all_have_ended(self):
        out, _ = self.show('--follow', '--json')
        self.assertEqual(sorted(json.loads(line)['process'] for line in out.splitlines()), ['migrate', 'web 1', 'web 1', 'web 2'])
        self.assertTrue(all('--follow' in line for line in self.asked()))

    def test_a_container_that_has_gone_is_not_asked(self):
        del self.engine.containers['id-notes--3-web-2']
        self.show('--service', 'web')
        self.assertEqual(len(self.asked()), 1)
        self.assertTrue(os.path.exists(containers.DOCKER))


if __name__ == '__main__':
    unittest.main()
