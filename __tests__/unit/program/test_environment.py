"""Environments: when two are the same, how one is cloned, and what an installer's words mean."""

import json
import os
import subprocess
import unittest
from unittest import mock

from place import PlaceTest, service
from slipway import caches, install_failures, installers, tools
from slipway import environment as envs

# Where every unit finds what it builds on.
PATHS = mock.Mock(home='/home', packages='/packages', manager='/manager')


def made(
    root='/opt/shop/releases/v1-00000000', index=0, folder='.', runtime='python', install=None, version='python3.11', builds=()
):
    executable = '/usr/bin/python3' if runtime == 'python' else '/tools/node-24.11.1/bin/node'
    return envs.Environment(index, folder, runtime, install or {'tool': 'none'}, root, executable, version, list(builds))


class Identity(PlaceTest):
    def setUp(self):
        super().setUp()
        self.write(f'{tools.layout.TOOLS}/uv-0.9.1/uv', '#!/bin/sh\n', 0o755)

    def key(self, files, tool='requirements', folder='.', runtime='python', file='requirements.txt', **more):
        install = {'tool': tool, **({'file': file} if tool == 'requirements' else {})}
        rows = [(path, '100644', 'git:' + text.encode().hex().ljust(40, '0')[-40:], 1) for path, text in sorted(files.items())]
        return envs.identify(made(folder=folder, runtime=runtime, install=install, **more), rows, files.get).key

    def test_changes_with_what_goes_in_and_with_nothing_else(self):
        python = {'requirements.txt': 'flask==3\n', 'app.py': '1'}
        locked = {'pyproject.toml': '[project]', 'uv.lock': 'source = { virtual = "." }', 'app.py': '1'}
        node = {
            'package.json': '{"dependencies":{"express":"5"},"scripts":{"start":"node ."}}',
            'package-lock.json': '1',
            'main.js': '1',
        }
        local = {**locked, 'uv.lock': 'source = { directory = "../lib" }', 'lib/x.py': '1'}
        table = [
            # files, more, path, its new text, is it another environment?
            (python, {}, 'app.py', '2', False),
            (python, {}, 'requirements.txt', 'flask==4\n', True),
            ({**python, 'requirements.txt': '-e .\n'}, {}, 'app.py', '2', True),
            ({**python, 'requirements.txt': '.\n'}, {}, 'app.py', '2', True),
            ({**python, 'requirements.txt': '-r base.txt\n', 'base.txt': '1'}, {}, 'base.txt', '2', True),
            ({**python, 'requirements.txt': '-rbase.txt\n', 'base.txt': '1'}, {}, 'base.txt', '2', True),
            ({**python, 'requirements.txt': 'a @ file:./a\n'}, {}, 'app.py', '2', True),
            ({**python, 'requirements.txt': 'lib/a-1-py3-none-any.whl\n'}, {}, 'app.py', '2', True),
            ({**python, 'requirements.txt': '# see ./x\nflask==3 # not -e .\n'}, {}, 'app.py', '2', False),
            ({'web/requirements.txt': '-r ../base.txt\n', 'base.txt': '1'}, {'folder': 'web'}, 'base.txt', '2', True),
            # What it does not include is nothing that it is made of.
            ({**python, 'requirements.txt': '-r base.txt\n', 'base.txt': '-c c/pins.txt\n', 'c/pins.txt': '1'}, {}, 'app.py', '2', False),
            ({**python, 'requirements.txt': '-r base.txt\n', 'base.txt': '-c c/pins.txt\n', 'c/pins.txt': '1'}, {}, 'c/pins.txt', '2', True),
            ({**python, 'requirements.txt': '--constraint=pins.txt\n', 'pins.txt': '1'}, {}, 'pins.txt', '2', True),
            ({'web/requirements.txt': './lib\n', 'other': '1'}, {'folder': 'web'}, 'other', '2', False),
            (locked, {'tool': 'uv-lock'}, 'app.py', '2', False),
            (locked, {'tool': 'uv-lock'}, 'uv.lock', '2', True),
            ({**locked, 'pyproject.toml': '[build-system]'}, {'tool': 'uv-lock'}, 'app.py', '2', True),
            (local, {'tool': 'uv-lock'}, 'lib/x.py', '2', True),
            ({**locked, 'uv.lock': 'source = { editable = "lib" }'}, {'tool': 'uv-lock'}, 'app.py', '2', True),
            (locked, {'tool': 'pyproject'}, 'app.py', '2', True),
            (node, {'tool': 'npm-lock', 'runtime': 'node'}, 'main.js', '2', False),
            (node, {'tool': 'npm-lock', 'runtime': 'node'}, 'package-lock.json', '2', True),
            (
                {**node, 'package.json': '{"scripts":{"postinstall":"node main.js"}}'},
                {'tool': 'npm-lock', 'runtime': 'node'},
                'main.js',
                '2',
                True,
            ),
            ({**node, 'package.json': '{"workspaces":["a"]}'}, {'tool': 'npm-lock', 'runtime': 'node'}, 'main.js', '2', True),
            (
                {**node, 'package.json': '{"dependencies":{"a":"file:./a"}}'},
                {'tool': 'npm-lock', 'runtime': 'node'},
                'main.js',
                '2',
                True,
            ),
            (
                {'web/package.json': '{"dependencies":{"a":"file:../a"}}', 'a/x': '1'},
                {'tool': 'npm-lock', 'runtime': 'node', 'folder': 'web'},
                'a/x',
                '2',
                True,
            ),
        ]
        for junk in ('[]', '"x"', 'nonsense', '{"scripts":5}', '{"dependencies":["a"]}', '{"dependencies":{"a":1}}'):
            table.append(({**node, 'package.json': junk}, {'tool': 'npm-lock', 'runtime': 'node'}, 'main.js', '2', True))
        for files, more, path, text, other in table:
            with self.subTest(path=path, files=files):
                self.assertEqual(self.key(files, **more) != self.key({**files, path: text}, **more), other)

    def test_changes_with_the_packages_that_are_there_to_compile_with(self):
        item = made(install={'tool': 'requirements', 'file': 'requirements.txt'})
        before = envs.identify(item, [], {}.get).key
        item.packages = ['gcc']
        self.assertNotEqual(envs.identify(item, [], {}.get).key, before)

    def test_changes_with_runtime_tool_and_build_lines(self):
        files = {'requirements.txt': '', 'package.json': '{}'}
        keys = [
            self.key(files),
            self.key(files, version='python3.12'),
            self.key(files, builds=['make']),
            self.key(files, builds=['make all']),
            self.key(files, builds=['make', 'all']),
            self.key(files, tool='none'),
            self.key(files, tool='npm-lock', runtime='node', version='24.11.1'),
            self.key(files, tool='npm-lock', runtime='node', version='24.11.2'),
        ]
        self.write(f'{tools.layout.TOOLS}/uv-0.10.0/uv', '#!/bin/sh\n', 0o755)
        self.assertEqual(len({*keys, self.key(files)}), len(keys) + 1)


class Clone(PlaceTest):
    """A virtualenv as uv makes it, in small."""

    def setUp(self):
        super().setUp()
        self.old = made(self.layout.release('v1-00000000'))
        self.root = self.old.location
        self.write(f'{self.root}/bin/flask', f'#!{self.root}/bin/python\nimport sys\n', 0o755)
        self.write(f'{self.root}/bin/activate', f'VIRTUAL_ENV={self.root}\n')
        self.write(f'{self.root}/pyvenv.cfg', f'home = /usr/bin\nprompt = {self.root}\n')
        self.write(f'{self.root}/lib/python3.11/site-packages/flask/__init__.py', 'x = 1\n')
        self.write(
            f'{self.root}/lib/python3.11/site-packages/flask/__pycache__/__init__.cpython-311.pyc', self.root.encode() + b'\0'
        )
        self.write(f'{self.root}/lib/python3.11/site-packages/flask-3.dist-info/RECORD', f'{self.root}/bin/flask,,\n')
        os.symlink('/usr/bin/python3', f'{self.root}/bin/python')
        os.symlink(f'{self.root}/bin/python', f'{self.root}/bin/python3')
        os.symlink('lib', f'{self.root}/lib64')

    def twin(self):
        twin = {'key': 'k', 'location': self.root, **envs.survey(self.old)}
        self.write(f'{self.old.root}/release.json', json.dumps({'environments': [twin]}))
        return twin

    def test_is_found_by_its_key_and_only_where_it_can_be_moved(self):
        self.twin()
        new = made(self.layout.release('v2-00000000'))
        new.key = 'k'
        self.assertEqual(envs.find_twin(self.layout, new, ['v1-00000000', 'v9-00000000'])['root'], self.old.root)
        new.key = 'other'
        self.assertIsNone(envs.find_twin(self.layout, new, ['v1-00000000']))

    def test_is_not_found_behind_a_link(self):
        self.twin()
        new = made(self.layout.release('v2-00000000'))
        new.key = 'k'
        os.rename(f'{self.old.root}/env', f'{self.folder}/elsewhere')
        os.symlink(f'{self.folder}/elsewhere', f'{self.old.root}/env')
        self.assertTrue(os.path.isdir(self.root))
        self.assertIsNone(envs.find_twin(self.layout, new, ['v1-00000000']))

    def test_rewrites_what_names_the_path_and_leaves_the_twin_alone(self):
        twin = {**self.twin(), 'root': self.old.root}
        self.assertTrue(twin['relocatable'])
        self.assertEqual(
            twin['rewrite'],
            ['bin/activate', 'bin/flask', 'bin/python3', 'lib/python3.11/site-packages/flask-3.dist-info/RECORD', 'pyvenv.cfg'],
        )
        before = {name: self.read(f'{self.root}/{name}') for name in twin['rewrite'] if name != 'bin/python3'}
        for link in (True, False):
            with self.subTest(link=link):
                new = made(self.layout.release(f'v2-0000000{int(link)}'), index=7)
                envs.clone(twin, new, link)
                for name, text in before.items():
                    self.assertEqual(self.read(f'{new.location}/{name}'), text.replace(self.root, new.location))
                    self.assertEqual(self.read(f'{self.root}/{name}'), text)
                    self.assertFalse(os.path.samefile(f'{self.root}/{name}', f'{new.location}/{name}'))
                self.assertEqual(os.readlink(f'{new.location}/bin/python3'), f'{new.location}/bin/python')
                self.assertEqual(os.readlink(f'{self.root}/bin/python3'), f'{self.root}/bin/python')
                self.assertEqual(os.stat(f'{new.location}/bin/flask').st_mode & 0o777, 0o755)
                same = 'lib/python3.11/site-packages/flask/__init__.py'
                self.assertEqual(os.path.samefile(f'{self.root}/{same}', f'{new.location}/{same}'), link)
                self.assertNotIn(
                    self.old.root,
                    subprocess.run(
                        ['grep', '-rF', '--exclude=*.pyc', self.old.root, new.location],
                        check=False,
                        stdout=subprocess.PIPE,
                        text=True,
                    ).stdout,
                )

    def test_is_written_to_no_place_that_something_holds_already(self):
        # Root would write through a link that the repository or an earlier app put there.
        twin = {**self.twin(), 'root': self.old.root}
        new = made(self.layout.release('v2-00000000'))
        os.makedirs(os.path.dirname(new.location))
        outside = os.path.dirname(self.write('outside/kept', 'as it was'))
        for make in (lambda: os.symlink(outside, new.location), lambda: os.mkdir(new.location)):
            make()
            self.refused('environment-in-the-way', envs.clone, twin, new, False)
            self.assertEqual((os.listdir(outside), self.read('outside/kept')), (['kept'], 'as it was'))
            os.unlink(new.location) if os.path.islink(new.location) else os.rmdir(new.location)

    def test_is_not_made_of_what_is_bound_to_its_release(self):
        table = {
            'a library that names its path': ('lib/python3.11/site-packages/x/config.py', lambda: f'HOME = "{self.root}"'),
            'an installation in place': ('lib/python3.11/site-packages/__editable__.app.pth', lambda: f'{self.old.root}/src\n'),
            'a compiled program': ('bin/tool', lambda: f'\x7fELF\0{self.root}\0'),
        }
        for name, (path, text) in table.items():
            with self.subTest(name):
                full = self.write(f'{self.root}/{path}', text())
                self.assertFalse(envs.survey(self.old)['relocatable'])
                os.unlink(full)
        self.assertTrue(envs.survey(self.old)['relocatable'])

    def test_rewrites_where_a_package_came_from(self):
        name = 'lib/python3.11/site-packages/app-1.dist-info/direct_url.json'
        self.write(f'{self.root}/{name}', f'{{"url":"file://{self.old.root}/src"}}')
        twin = {**self.twin(), 'root': self.old.root}
        self.assertTrue(twin['relocatable'])
        new = made(self.layout.release('v2-00000000'))
        envs.clone(twin, new, True)
        self.assertEqual(json.loads(self.read(f'{new.location}/{name}'))['url'], f'file://{new.root}/src')

    def test_counts(self):
        found = envs.survey(self.old)
        self.assertEqual(found['files'], sum(len(folders) + len(names) for _, folders, names in os.walk(self.root)))
        self.assertGreater(found['bytes'], 100)

    def test_node_modules_that_name_their_path_stay(self):
        old = made(self.layout.release('v3-00000000'), runtime='node', folder='web')
        self.write(f'{old.location}/express/index.js', 'x')
        self.assertTrue(envs.survey(old)['relocatable'])
        self.write(f'{old.location}/native/build/Makefile', f'SRC={old.location}')
        self.assertFalse(envs.survey(old)['relocatable'])


class Install(PlaceTest):
    def setUp(self):
        super().setUp()
        self.uv = self.write(f'{tools.layout.TOOLS}/uv-0.9.1/uv', '#!/bin/sh\n', 0o755)

    def test_hands_every_path_over_as_one_word(self):
        root = f"{self.folder}/re'le ase; $(touch {self.folder}/evil)"
        hostile = '$(touch evil) `x`; "quoted" \'r.txt'
        for runtime, tool in (
            ('python', 'requirements'),
            ('python', 'uv-lock'),
            ('python', 'pyproject'),
            ('python', 'none'),
            ('node', 'npm-lock'),
        ):
            with self.subTest(tool=tool):
                item = made(root, folder="a b'c;d", runtime=runtime, install={'tool': tool, 'file': hostile})
                os.makedirs(item.source, exist_ok=True)
                bin_folder = os.path.join(self.folder, 'bin')
                for name in (self.uv, f'{bin_folder}/npm'):
                    self.write(name, '#!/bin/sh\nprintf "<%s>" "$(pwd)" "$@" >>"$LOG"; echo >>"$LOG"\n', 0o755)
                item.executable = f'{bin_folder}/node' if runtime == 'node' else f'{self.folder}/py thon'
                log = f'{self.folder}/log'
                self.write('log')
                [step] = installers.steps(item, PATHS)
                script = '\n'.join(['set -eu', *step.lines])
                variables = {'LOG': log, 'PATH': '/usr/bin:/bin', 'HOME': f'{self.folder}/ho me'}
                done = subprocess.run(['/bin/sh'], input=script, text=True, env=variables, cwd='/', check=False)
                self.assertEqual(done.returncode, 0)
                said = self.read('log').splitlines()
                self.assertTrue(all(line.startswith(f'<{item.source}>') for line in said), said)
                if tool == 'requirements':
                    self.assertTrue(said[-1].endswith(f'<-r><{hostile}>'), said)
                if runtime == 'python':
                    self.assertTrue(said[0].endswith(f'<{item.executable}><{item.location}>'), said)
                self.assertFalse(os.path.exists(f'{self.folder}/evil') or os.path.exists(f'{item.source}/evil'))

    def lines(self, install, builds=(), secrets=()):
        item = made(runtime='node', install=install, builds=builds)
        item.secrets = set(secrets)
        return installers.steps(item, PATHS)

    def test_node_gets_development_packages_only_for_builds(self):
        table = [('npm-lock', None, '--omit=dev'), ('pnpm-lock', 'pnpm@10.1.0', '--prod'), ('yarn-classic', 'yarn@1.22.22', '--production'),
                 ('yarn-berry', 'yarn@4.1.0', 'focus --production')]
        for tool, manager, words in table:
            with self.subTest(tool=tool):
                install = {'tool': tool, **({'manager': manager} if manager else {})}
                self.assertIn(words, '\n'.join(self.lines(install)[0].lines))
                self.assertNotIn(words, '\n'.join(self.lines(install, ['make'])[0].lines))

    def test_a_lock_without_packages_still_makes_the_folder(self):
        self.assertEqual(self.lines({'tool': 'npm-lock'})[0].lines[-1], 'mkdir -p node_modules')

    def test_no_script_of_a_package_runs_with_credentials(self):
        for tool, manager in (('npm-lock', None), ('pnpm-lock', 'pnpm@10.1.0'), ('yarn-classic', 'yarn@1.22.22'), ('yarn-berry', 'yarn@4.1.0')):
            with self.subTest(tool=tool):
                install = {'tool': tool, **({'manager': manager} if manager else {})}
                first, second = self.lines(install, secrets={'NPM_TOKEN'})
                self.assertEqual((first.given, second.given), (('NPM_TOKEN',), ()))
                self.assertRegex('\n'.join(first.lines), '--ignore-scripts|YARN_ENABLE_SCRIPTS=false')
                self.assertIn('export NPM_TOKEN=', second.lines)
                self.assertNotIn('export NPM_TOKEN=', first.lines)
                # What they fetched is seen by the scripts, which write elsewhere.
                self.assertEqual((first.ground.writes, second.ground.reads), (f'{tool}.credentials',) * 2)
                self.assertEqual(second.ground.writes, caches.COMMANDS)

    def test_hashes_are_asked_of_all_where_one_has_them(self):
        files = {'requirements.txt': '-r base.txt\nflask==3\n', 'base.txt': 'click==8 --hash=sha256:00\n'}
        for text, asked in ((files['base.txt'], True), ('# --hash=\nclick==8\n', False)):
            item = made(install={'tool': 'requirements', 'file': 'requirements.txt'})
            envs.identify(item, [], {**files, 'base.txt': text}.get)
            self.assertEqual('--require-hashes' in installers.steps(item, PATHS)[0].lines[-1], asked)

    def test_extras_and_groups_are_installed_along(self):
        item = made(install={'tool': 'uv-lock', 'extras': ['pg'], 'groups': ['server']})
        self.assertTrue(installers.steps(item, PATHS)[0].lines[-1].endswith('--extra pg --group server'))
        item = made(install={'tool': 'pyproject', 'extras': ['pg', 'x']})
        self.assertTrue(installers.steps(item, PATHS)[0].lines[-1].endswith(" '.[pg,x]'"))


class Together(PlaceTest):
    def test_services_of_one_folder_share_an_environment(self):
        self.write(f'{tools.layout.TOOLS}/node-24.11.1/bin/node', '', 0o755)
        self.write(f'{tools.layout.TOOLS}/node-22.1.0/bin/node', '', 0o755)
        python, node = {'name': 'python', 'version': None}, {'name': 'node', 'version': '24'}
        found = envs.environments(
            {
                'services': [
                    service('a', runtime=python),
                    service('b', runtime=python, build=['make']),
                    service('f', runtime=python, build=['make too']),
                    service('c', runtime=node),
                    service('d', runtime=python, path='x'),
                    service('e'),
                ]
            },
            self.layout.release('v1-00000000'),
        )
        self.assertEqual(
            [(item.index, item.folder, item.runtime, item.builds) for item in found],
            [(0, '.', 'python', ['make', 'make too']), (1, '.', 'node', []), (2, 'x', 'python', [])],
        )
        self.assertEqual(found[1].version, '24.11.1')
        self.assertRegex(found[0].version, r'^3\.\d+\.\d+$')
        self.assertEqual([item.made() for item in found], [True, False, True])

    def test_a_runtime_that_is_not_there_says_which_are(self):
        self.write(f'{tools.layout.TOOLS}/node-24.11.1/bin/node', '', 0o755)
        self.assertIn('24.11.1', self.refused('node-missing', tools.node, '22').what)
        self.assertIn('Python 2.1 ', self.refused('python-missing', tools.python, '2.1').what)
        self.refused('uv-missing', tools.uv)

    def test_a_python_of_ours_is_taken_where_the_distribution_has_none(self):
        for build in ('2.9.1+20250101', '2.9.1+20250301', '2.9.0+20260101', '2.10.0+20250101'):
            self.write(f'{tools.layout.TOOLS}/python-{build}/bin/python{build.rpartition(".")[0]}', '', 0o755)
        self.assertEqual([tools.python(wanted)[1] for wanted in ('2.9', '2.9.0', '2.10')],
                         ['2.9.1+20250301', '2.9.0+20260101', '2.10.0+20250101'])
        self.assertIn('2.10.0', self.refused('python-missing', tools.python, '2.9.7').what)

    def test_two_pythons_of_one_folder_have_an_environment_each(self):
        self.write(f'{tools.layout.TOOLS}/python-2.9.1+20250101/bin/python2.9', '', 0o755)
        both = [service('a', runtime={'name': 'python', 'version': None}), service('b', runtime={'name': 'python', 'version': '2.9'})]
        found = envs.environments({'services': both}, self.layout.release('v1-00000000'))
        self.assertEqual([item.asked for item in found], [None, '2.9'])
        self.assertNotEqual(found[0].location, found[1].location)

    def test_the_newest_that_fits_is_taken_by_numbers(self):
        for version in ('24.9.0', '24.10.0', '9.0.0', '25.0.0'):
            self.write(f'{tools.layout.TOOLS}/node-{version}/bin/node', '', 0o755)
        self.assertEqual(
            [tools.node(wanted)[1] for wanted in (None, '24', '24.9', '9')], ['25.0.0', '24.10.0', '24.9.0', '9.0.0']
        )


# What uv 0.13, npm 11 and npm 9 really print.
WORDS = {
    'requirements-unresolvable': [
        (
            1,
            'error: No solution found when resolving dependencies\n  cause: Because there is no version of flask==99.99',
        ),
        (
            1,
            'error: No solution found when resolving dependencies\n  cause: Because nosuch was not found in the package registry',
        ),
        (1, 'npm error code E404\nnpm error 404 Not Found - GET https://registry.example.com/nosuch'),
        (1, 'npm ERR! code ETARGET\nnpm ERR! notarget No matching version found for express@99.'),
    ],
    'package-build-failed': [
        (
            1,
            'error: Failed to build `x @ file:///srv/x`\n  cause: The build backend returned an error\n\n         [stderr]\n         no compiler',
        ),
        (1, 'npm error code 1\nnpm error path /srv/node_modules/dep\nnpm error command failed\nnpm error gyp ERR! not ok'),
        (1, 'npm ERR! code 1\nnpm ERR! path /srv/node_modules/dep'),
    ],
    'hashes-incomplete': [(1, 'error: In `--require-hashes` mode, all requirements must have a hash, but none were provided for: click==8')],
    'hash-mismatch': [(1, 'error: Failed to download `x`\n  cause: Hash mismatch for `x==1`'), (1, 'npm error code EINTEGRITY')],
    'manager-unverified': [(1, 'npm Internal Error: No compatible signature found in package metadata')],
    'index-refused': [
        (1, 'error: HTTP status client error (401 Unauthorized) for url (http://127.0.0.1/simple/x/)'),
        (1, 'npm error code E401\nnpm error 401 Unauthorized - GET https://registry.example.com/x'),
    ],
    'index-unreachable': [
        (
            2,
            'error: Failed to fetch: http://127.0.0.1:9/simple/flask/\n  cause: error sending request for url\n  cause: Connection refused (os error 111)',
        ),
        (
            2,
            'error: Failed to fetch: http://none.invalid/simple/\n  cause: client error (Connect)\n  cause: dns error',
        ),
        (1, 'npm error code ECONNREFUSED\nnpm error syscall connect'),
        (1, 'npm error code ENOTFOUND\nnpm error syscall getaddrinfo'),
    ],
    'lock-out-of-step': [
        (
            1,
            'error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.',
        ),
        (
            1,
            'npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
        ),
        (1, 'npm ERR! code EUSAGE\nnpm ERR! The `npm ci` command can only install with an existing package-lock.json'),
    ],
    'disk-full': [
        (1, 'error: Failed to download and build `x`\n  cause: failed to write to file: No space left on device (os error 28)'),
        (228, 'npm error code ENOSPC\nnpm error syscall write\nnpm error ENOSPC: no space left on device, write'),
    ],
    'out-of-memory': [(137, ''), (134, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory')],
    'install-failed': [(2, 'error: File not found: nope.txt'), (1, '')],
}


class Verdicts(unittest.TestCase):
    def test_a_missing_compiler_is_told_with_the_line_to_add(self):
        pip = {'tool': 'requirements', 'file': 'r.txt'}
        table = [
            ('/usr/bin/python3', "error: command 'gcc' failed: No such file or directory", [], 'packages: [gcc, python3-dev]'),
            ('/tools/bin/python3', "error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory", [], 'packages: [gcc, libc6-dev]'),
            ('/usr/bin/python3', "error: [Errno 2] No such file or directory: 'x86_64-linux-gnu-gcc'", [], 'packages: [gcc, python3-dev]'),
            ('/tools/bin/python3', "error: [Errno 2] No such file or directory: 'cc'", [], 'packages: [gcc, libc6-dev]'),
            ('/usr/bin/python3', 'fatal error: Python.h: No such file or directory', ['gcc'], 'packages: [gcc, python3-dev]'),
            ('/usr/bin/python3', 'Error: pg_config executable not found.', ['gcc', 'python3-dev'], 'packages: [gcc, python3-dev, libpq-dev]'),
            ('/usr/bin/python3', "unable to execute 'x86_64-linux-gnu-g++': No such file or directory", [], 'packages: [g++]'),
        ]
        for executable, words, named, line in table:
            with self.subTest(words=words):
                item = made(install=pip)
                item.executable = executable
                failure = install_failures.judge(item, 1, f'error: Failed to build `x`\n{words}\n', named)
                self.assertEqual(failure.code, 'compiler-missing')
                self.assertIn(f'`{line}`', failure.cure)
        gyp = install_failures.judge(made(runtime='node', install={'tool': 'npm-lock'}), 1, 'npm error code 1\ngyp ERR! stack Error: not found: make')
        self.assertIn('packages: [build-essential]', gyp.cure)

    def test_are_told_from_the_words_of_uv_and_npm(self):
        for verdict, said in WORDS.items():
            for code, output in said:
                with self.subTest(verdict=verdict, output=output[:60]):
                    runtime = 'node' if 'npm' in output else 'python'
                    install = {'tool': 'npm-lock'} if runtime == 'node' else {'tool': 'requirements', 'file': 'r.txt'}
                    failure = install_failures.judge(made(folder='web', runtime=runtime, install=install), code, output)
                    self.assertEqual(failure.code, verdict)
                    self.assertIn(output, failure.evidence[0]['text'])
                    self.assertNotRegex(failure.what + failure.cure, r'\{[a-z]+\}')
                    self.assertTrue(failure.cure)


if __name__ == '__main__':
    unittest.main()
