"""Nobody takes away the mark of what another has changed: who changes what nginx reads holds one lock, and removes the mark that he saw."""

import os
import subprocess
import threading
import time
import unittest

from place import ROOT, PlaceTest, activated, config
from slipway import cutover, front, front_setup, processes, reloading, taking_over
from slipway import layout as places

SETUP = os.path.join(ROOT, 'src', 'targets', 'host', 'setup')
# front.sh with nginx, and what else it asks, replaced by what says who was asked, and whether the lock was held meanwhile.
PUT_FRONT = f"""
. {SETUP}/front.sh
former_front=$path.former
fail() {{ echo "fail $*"; exit 1; }}
evidence() {{ cat >/dev/null; }}
told() {{ if flock -n "$state/front/lock" true; then echo "$1 free"; else echo "$1 held"; fi; }}
nginx() {{ told nginx >&3; [ "$1" = -t ] && return 0; echo "configuration file $path:"; return "$nginx_T"; }}
systemctl() {{ told systemctl >&3; }}
front_program() {{ told "$1" >&3; echo "listen 127.0.0.1:80;" >"$state/front/$2.conf"; }}
install_file() {{ cp "$1" "$2"; }}
put_front front.conf "$path" 80 3>&1
told after
"""


class Mark(PlaceTest):
    def setUp(self):
        super().setUp()
        self.mark = f'{places.STATE}/{reloading.MARK}'
        self.meanwhile = lambda: None
        self.replace(reloading, 'run', self.run_command)
        self.replace(reloading, '_workers', list)

    def run_command(self, argv, timeout=None):
        if 'reload' in argv:
            self.meanwhile()
        return processes.Result(0, '')

    def test_is_removed_when_nginx_has_read_what_it_was_for(self):
        reloading.expect()
        self.assertTrue(reloading.is_pending())
        reloading.reload(None)
        self.assertFalse(reloading.is_pending())
        reloading.reload(None)

    def test_of_another_who_came_meanwhile_stays(self):
        reloading.expect()
        self.meanwhile = reloading.expect
        reloading.reload(None)
        self.assertTrue(reloading.is_pending())
        os.unlink(self.mark)
        reloading.reload(None)
        self.assertTrue(reloading.is_pending())


class Locked(PlaceTest):
    """Whoever changes what nginx reads."""

    def setUp(self):
        super().setUp()
        self.seen = []
        self.replace(reloading, 'reload', lambda *_, **__: self.look('reload'))
        self.replace(taking_over, '_move', lambda *_: self.look('move'))
        self.site = self.write('etc/nginx/site')
        self.replace(taking_over, 'kept', lambda layout, _path: f'{self.folder}/kept/{layout.app}/site')
        os.makedirs(f'{places.STATE}/front')
        self.wanted = config()
        self.new = activated(self.layout, self.wanted, takeOver=self.site)

    def look(self, what):
        """Notes what is done, if nobody else could do so too now, and whether a mark says so should it end here."""
        held = subprocess.run(['flock', '-n', f'{places.STATE}/front/lock', 'true'], check=False).returncode == 1
        self.seen.append((what, held, reloading.is_pending()))

    def test_taking_over(self):
        cutover.take_names(self.layout, self.site)
        self.assertEqual(self.seen, [('move', True, True), ('reload', True, True)])

    def test_putting_back(self):
        self.write(f'{taking_over.kept(self.layout, self.site)}.json')
        self.write(taking_over.kept(self.layout, self.site))
        os.unlink(self.site)
        self.replace(front, 'write_names', lambda without=(): self.look('names'))
        cutover._return_to(self.layout, None, self.new)
        self.assertEqual(self.seen, [('names', True, False), ('move', True, True), ('reload', True, True)])

    def test_setup_whose_program_does_not_wait_for_it(self):
        self.replace(front_setup, '_servers', list)
        self.replace(front, 'put', lambda _port, _content: self.look('put'))
        with reloading.lock():
            written = threading.Thread(target=front_setup.main, args=('write', '80'), daemon=True)
            written.start()
            written.join(10)
        self.assertEqual(self.seen, [('put', True, False)])


class Setup(PlaceTest):
    """put_front of setup/front.sh."""

    def start(self, nginx_T=0):
        self.write('from/program/front.conf', 'ours')
        self.path = f'{self.folder}/zz-slipway.conf'
        given = {'state': places.STATE, 'from': f'{self.folder}/from', 'path': self.path, 'nginx_T': str(nginx_T), 'PATH': os.environ['PATH']}
        os.makedirs(places.STATE, exist_ok=True)
        process = subprocess.Popen(['sh', '-c', PUT_FRONT], env=given, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_holds_the_lock_from_before_it_looks_until_nginx_was_told(self):
        said = self.start().communicate(timeout=20)[0].split('\n')
        self.assertEqual(said, ['nginx held', 'write held', 'nginx held', 'check held', 'systemctl held', 'systemctl held', 'after free', ''])
        self.assertFalse(os.path.exists(f'{places.STATE}/{reloading.MARK}'))
        self.assertEqual(os.stat(f'{places.STATE}/front/lock').st_mode & 0o777, 0o600)

    def test_waits_for_who_holds_it(self):
        with reloading.lock():
            process = self.start()
            inode = f':{os.stat(f"{places.STATE}/front/lock").st_ino} '
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and process.poll() is None:
                if any('->' in line and inode in line for line in self.read('/proc/locks').splitlines()):
                    break
                time.sleep(0.01)
            self.assertIsNone(process.poll())
            self.assertFalse(os.path.exists(self.path))
            self.assertEqual(os.listdir(f'{self.folder}/from'), ['program'])
        process.communicate(timeout=20)
        self.assertEqual(self.read(self.path), 'ours')

    def test_leaves_the_mark_of_who_died_before_when_its_own_file_is_refused(self):
        for dead in (False, True):
            if dead:
                reloading.expect()
            said = self.start(nginx_T=1).communicate(timeout=20)[0]
            self.assertIn('fail front-refused', said)
            self.assertEqual((reloading.is_pending(), os.path.exists(self.path)), (dead, False))


if __name__ == '__main__':
    unittest.main()
