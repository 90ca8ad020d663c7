"""One HTTP question: until when its answer is waited for, and when it is whole."""

import contextlib
import socket
import threading
import time
import unittest

import place  # noqa: F401 (it finds the program)
from slipway import asking


class Asked(unittest.TestCase):
    def answered(self, *parts, again=b'', closed=True, timeout=20.0, limit=4096):
        """What is heard when these parts are sent, then `again` for as long as anybody listens; it may stay open until all is heard."""
        heard = threading.Event()

        def answer():
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.recv(4096)
                for part in parts:
                    connection.sendall(part)
                while again and not heard.wait(0.005):
                    connection.sendall(again)
                if not closed:
                    heard.wait()

        with socket.create_server(('127.0.0.1', 0)) as server:
            thread = threading.Thread(target=answer)
            thread.start()
            try:
                return asking.ask(server.getsockname(), '/', 'localhost', timeout, limit)
            finally:
                heard.set()
                thread.join()

    def test_who_drips_gains_no_time(self):
        began = time.monotonic()
        with self.assertRaises(asking.NoAnswer) as caught:
            self.answered(b'HTTP/1.1 200 OK\r\nX: ', again=b'x', timeout=0.3, limit=1024)
        self.assertIn('timed out', str(caught.exception))
        self.assertLess(time.monotonic() - began, 5)

    def test_its_time_may_be_over_before_it_is_asked(self):
        with self.assertRaises(asking.NoAnswer):
            asking.ask(('127.0.0.1', 9), '/', 'localhost', 0)

    def test_it_is_whole_with_the_length_that_was_said(self):
        for parts in ((b'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',), (b'HTTP/1.1 200 OK\r\nContent-Length:2\r', b'\n\r', b'\n', b'h', b'i')):
            with self.subTest(parts):
                self.assertEqual(self.answered(*parts, closed=False), (200, 'hi'))

    def test_it_is_whole_when_it_is_closed(self):
        self.assertEqual(self.answered(b'HTTP/1.1 404 No\r\n\r\n', b'some', b'thing'), (404, 'something'))
        self.assertEqual(self.answered(b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nshort'), (200, 'short'))

    def test_no_more_than_the_limit_is_heard(self):
        status, body = self.answered(b'HTTP/1.1 200 OK\r\n\r\n', again=b'x' * 1000, limit=4096)
        self.assertEqual(status, 200)
        self.assertLess(len(body), 3 * 4096)


if __name__ == '__main__':
    unittest.main()
