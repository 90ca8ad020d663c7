"""Where instances listen: who holds an address, how an app is told of it, and how it is asked there."""

import os
import socket
import stat
import subprocess
import unittest
from unittest import mock

from place import ME, PlaceTest, config, service
from slipway import activation as acts
from slipway import (
    activation_router,
    addresses,
    asking,
    preparing,
    private_questions,
    shellwords,
)
from slipway.addresses import Port, Socket, connects, held
from slipway.doors import Door
from slipway.layout import Layout

TOKEN = 'ab' * 16


class Held(PlaceTest):
    def test_tells_sockets_that_are_listened_on(self):
        path = f'{self.folder}/with a space/listen'
        os.makedirs(os.path.dirname(path))
        mine = [os.getpid()]
        with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as client:
            one.bind(path)
            self.assertFalse(connects(Socket(path), self.layout))
            self.assertNotIn(Socket(path), held(mine))
            one.listen()
            self.assertTrue(connects(Socket(path), self.layout))
            self.assertIn(Socket(path), held(mine))
            client.connect(path)
            self.assertNotIn(Socket(path), held([2**22 + 1]))
        self.assertFalse(connects(Socket(path), self.layout))
        self.assertNotIn(Socket(path), held(mine))

    def test_counts_no_abstract_one(self):
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f'\0{self.folder}')
            one.listen()
            self.assertFalse([address for address in held([os.getpid()]) if self.folder in str(address)])


class Told(PlaceTest):
    def activation(self, *services):
        return acts.Activation(self.layout, {'number': 7, 'config': config(*services), 'ports': {'web': [20001, 20002]}, 'first': True})

    def test_addresses_of_a_service(self):
        web, api = service('web', instances=2), service('api', instances=2, listen='socket')
        made = self.activation(web, api)
        self.assertEqual(made.addresses(web), [Port(20001), Port(20002)])
        self.assertEqual(made.address(api, 2), Socket(f'{self.layout.run}/7/sockets/api.2/listen'))
        self.assertEqual(made.addresses(service(route=None)), [])
        self.assertEqual([str(Port(1)), str(Socket('/a'))], ['port 1', 'socket /a'])

    def test_the_longest_path_is_one_that_the_kernel_takes(self):
        layout = Layout('a' * 25)
        for path in (layout.service_socket(10**12, 's' * 32, 64), layout.private_socket(10**12, 's' * 32, 64)):
            self.assertLessEqual(len(path), 107)

    def test_folders_of_sockets_are_the_apps(self):
        made = self.activation(service('api', listen='socket'), service('web', route='/w', instances=2))
        preparing._make_socket_folders(made, *ME)
        folder = f'{self.layout.run}/7/sockets'
        self.assertEqual(os.listdir(folder), ['api.1'])
        self.assertEqual([stat.S_IMODE(os.stat(path).st_mode) for path in (folder, f'{folder}/api.1')], [0o711, 0o710])

    def test_a_start_clears_the_way_and_lets_the_group_in(self):
        path = f'{self.folder}/listen'
        self.write(path)
        script = shellwords.start_script('sh -c "umask; ls $SOCKET"', '.', addresses.lines(service(listen='socket')))
        done = subprocess.run(['/bin/sh', '-c', script], cwd=self.folder, env={'SOCKET': path, 'PATH': os.environ['PATH']},
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, '0007\n')
        self.assertFalse(os.path.exists(path))
        self.assertEqual(addresses.lines(service()), [])



class Asked(PlaceTest):
    def ask(self, answer, protocol='uwsgi', listen='socket', is_open=True):
        item = service('api', protocol=protocol, listen=listen)
        made = acts.Activation(
            self.layout, {'number': 7, 'config': config(item), 'ports': {'api': [20001]}, 'first': True, 'token': TOKEN}
        )
        self.asked = mock.Mock(return_value=answer)
        self.replace(asking, 'ask', self.asked)
        self.replace(private_questions, 'connects', lambda _address, _layout: is_open)
        return private_questions.ask(made, item, 1, '/up', 5)

    def no_answer(self, *given, **more):
        with self.assertRaises(asking.NoAnswer) as caught:
            self.ask(*given, **more)
        return str(caught.exception)

    def test_over_the_router_unless_it_is_http_on_a_port(self):
        self.assertEqual(self.ask((200, 'well'), 'http', 'port'), (200, 'well'))
        self.asked.assert_called_with(('127.0.0.1', 20001), '/up', 'shop.example.com', 5)
        for protocol, listen in (('http', 'socket'), ('uwsgi', 'port'), ('fastcgi', 'socket')):
            # What the app itself says is its own, a 502 too.
            self.assertEqual(self.ask((502, 'mine'), protocol, listen), (502, 'mine'))
            self.asked.assert_called_with(Door(f'{self.layout.run}/7/router/asked/api.1', ME[0]), '/up', 'shop.example.com', 5)

    def test_says_why_there_is_no_answer(self):
        self.assertEqual(self.no_answer((200, ''), is_open=False), asking.REFUSED)
        unreached = (502, activation_router.unreached(TOKEN))
        self.assertEqual(self.no_answer(unreached), 'what answers there does not speak uwsgi')
        path = f'{self.layout.run}/7/sockets/api.1/listen'
        self.write(path, mode=0o700)
        self.assertIn('its rights are -rwx------', self.no_answer(unreached))

    def test_knows_which_rights_shut_the_router_out(self):
        path = self.write('listen')
        group = os.stat(path).st_gid
        for mode, of_group, shut in ((0o660, True, False), (0o640, True, True), (0o666, False, False), (0o660, False, True)):
            os.chmod(path, mode)
            found = private_questions.rights_that_shut_out(path, group if of_group else group + 1)
            self.assertEqual(found is not None, shut, oct(mode))
        self.assertIsNone(private_questions.rights_that_shut_out(f'{path}.absent', group))


if __name__ == '__main__':
    unittest.main()
