"""Sockets in folders of others: whom the program speaks with there."""

import os
import socket
import unittest
from unittest import mock

from place import ME, PlaceTest
from slipway import asking, doors
from slipway.doors import Door

STRANGER = ME[0] + 1


class Doors(PlaceTest):
    def setUp(self):
        super().setUp()
        self.theirs, self.mine = f'{self.folder}/theirs', f'{self.folder}/http.sock'
        self.listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.listening.close)
        self.listening.bind(self.theirs)
        self.listening.listen()
        self.listening.settimeout(0)

    def refused(self, door):
        with self.assertRaises(asking.NoAnswer) as caught:
            asking.ask(door, '/', 'localhost', 2)
        self.assertFalse(doors.listens(door))
        return str(caught.exception)

    def untouched(self):
        with self.assertRaises(BlockingIOError):
            self.listening.accept()

    def test_open_to_the_users_own_socket(self):
        self.assertTrue(doors.listens(Door(self.theirs, ME[0])))
        connection, _ = self.listening.accept()
        self.assertEqual(connection.recv(1), b'')
        connection.close()

    def test_lead_through_no_link(self):
        os.symlink(self.theirs, self.mine)
        self.refused(Door(self.mine, ME[0]))
        self.untouched()

    def test_are_sockets_and_not_what_else_may_lie_there(self):
        self.assertIn('No such file', self.refused(Door(self.mine, ME[0])))
        for make in (os.mkfifo, os.mkdir, self.write):
            make(f'{self.mine}.{make.__name__}')
            self.assertIn('no socket', self.refused(Door(f'{self.mine}.{make.__name__}', ME[0])))

    def test_of_another_user_are_not_even_knocked_at(self):
        self.assertIn('no socket of its user', self.refused(Door(self.theirs, STRANGER)))
        self.untouched()

    def test_behind_which_another_user_listens_get_no_byte(self):
        # What lies there is the user's, as when root gave it away; who listens is somebody else.
        facts = mock.Mock(st_mode=os.stat(self.theirs).st_mode, st_uid=STRANGER)
        with mock.patch.object(doors.os, 'fstat', lambda _descriptor: facts):
            self.assertIn('another user', self.refused(Door(self.theirs, STRANGER)))
        for _ in range(2):
            connection, _ = self.listening.accept()
            self.assertEqual(connection.recv(1), b'')
            connection.close()

    def test_that_nobody_listens_at_are_said_to_be_shut(self):
        self.listening.close()
        self.assertEqual(self.refused(Door(self.theirs, ME[0])), asking.REFUSED)


if __name__ == '__main__':
    unittest.main()
