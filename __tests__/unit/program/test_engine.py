"""The client of the Engine's API, which is told no in more than one way."""

import socket
import socketserver
import tempfile
import threading
import unittest
from unittest import mock

import place  # noqa: F401 (the way to the program)
from slipway.failures import Failure
from slipway.layers import engine as engines
from slipway.project import engine


class Socket(unittest.TestCase):
    """The client of the Engine's API against a server that behaves as one."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f'{folder.name}/docker.sock'
        patch = mock.patch.object(engine, 'SOCKET', self.path)
        patch.start()
        self.addCleanup(patch.stop)

    def serve(self, behave):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while self.rfile.readline().strip():
                    pass
                behave(self)
        server = socketserver.ThreadingUnixStreamServer(self.path, Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return engines.Engine()

    @staticmethod
    def answer(status, body):
        return lambda handler: handler.wfile.write(b'HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b' % (status, len(body), body))

    def test_answers(self):
        self.assertEqual(self.serve(self.answer(200, b'{"Id": "x"}')).image('a/b:1'), {'Id': 'x'})

    def test_nothing_there(self):
        self.assertIsNone(self.serve(self.answer(404, b'{"message": "No such image"}')).image('a'))

    def test_nobody_there(self):
        with self.assertRaises(Failure) as caught:
            engines.Engine().images()
        self.assertEqual(caught.exception.code, 'engine-missing')

    def test_a_refusal_in_the_middle_is_heard(self):
        def refuse(handler):
            handler.rfile.read(100)
            self.answer(500, b'{"message": "no space left on device"}')(handler)
        with self.assertRaisesRegex(engines.Refused, 'no space left'):
            self.serve(refuse).load(bytes(100_000) for _ in range(1000))

    def test_a_failure_in_a_line_of_an_answer_of_200(self):
        def refuse(handler):
            while handler.rfile.readline().strip() != b'0':
                pass
            self.answer(200, b'{"stream": "x"}\r\n{"errorDetail": {}, "error": "invalid diffID"}\r\n')(handler)
        with self.assertRaisesRegex(engines.Refused, 'invalid diffID'):
            self.serve(refuse).load([b'abc\n'])

    def test_what_its_maker_throws_breaks_it_off_without_an_end(self):
        seen = []
        done = threading.Event()

        def take(handler):
            seen.append(handler.rfile.read())
            done.set()

        def chunks():
            yield b'abc'
            raise ValueError('broken')
        with self.assertRaisesRegex(ValueError, 'broken'):
            self.serve(take).load(chunks())
        self.assertTrue(done.wait(10))
        self.assertEqual(seen, [b'3\r\nabc\r\n'])

    def test_what_nobody_expects_it_to_refuse_is_a_failure_with_its_words(self):
        self.serve(self.answer(500, b'{"message": "could not find an available, non-overlapping IPv4 address pool"}'))
        with self.assertRaises(Failure) as caught:
            engine.post('/networks/create', {'Name': 'notes-1_default'})
        self.assertEqual(caught.exception.code, 'engine-refused')
        self.assertIn('POST /networks/create: could not find an available, non-overlapping', caught.exception.what)
        self.assertTrue(caught.exception.cure)

    def test_who_answers_before_it_has_read_all_is_heard(self):
        answered = threading.Event()

        class Early(engine.Connection):
            def send(self, data):
                super().send(data)
                # The headers have gone; the body finds that nobody takes it any more.
                answered.wait(10)

        def refuse(handler):
            self.answer(409, b'{"message": "name is in use"}')(handler)
            handler.connection.shutdown(socket.SHUT_RDWR)
            answered.set()
        self.serve(refuse)
        with mock.patch.object(engine, 'Connection', Early), self.assertRaisesRegex(engine.Refused, 'name is in use') as caught:
            engine.post('/containers/create', {'Image': 'x'})
        self.assertEqual(caught.exception.status, 409)

    def test_a_404_is_nothing_to_find_and_nothing_to_remove(self):
        self.serve(self.answer(404, b'{"message": "No such container"}'))
        self.assertIsNone(engine.find('/containers/x/json'))
        engine.delete('/containers/x')
        with self.assertRaises(engine.Refused):
            engine.get('/containers/x/json')

    def test_an_answer_that_breaks_off_is_an_error_of_the_system(self):
        self.serve(lambda handler: handler.wfile.write(b'HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{"Id"'))
        with self.assertRaisesRegex(OSError, 'broke off'):
            engine.get('/info')

    def test_a_refusal_that_breaks_off_is_one_all_the_same(self):
        for head, said in ((b'Content-Length: 100', 'no sp'), (b'Transfer-Encoding: chunked', '')):
            with self.subTest(head):
                self.setUp()
                self.serve(lambda handler, head=head, said=said: handler.wfile.write(b'HTTP/1.1 500 X\r\n%b\r\n\r\n%b' % (head, said.encode())))
                with self.assertRaises(engine.Refused) as caught:
                    engine.get('/info')
                self.assertEqual((caught.exception.status, caught.exception.said), (500, said))

    def test_what_is_not_json_is_no_answer_of_an_engine(self):
        for body, asked in ((b'<html>', lambda: engine.get('/info')), (b'{"status": "x"}\n{"st', lambda: list(engine.lines('/images/create'))),
                            (b'7\n', lambda: list(engine.lines('/images/create')))):
            with self.subTest(body):
                self.setUp()
                self.serve(self.answer(200, body))
                with self.assertRaises(Failure) as caught:
                    asked()
                self.assertEqual(caught.exception.code, 'engine-strange')

    def test_what_has_another_shape_is_none_either(self):
        for body, asked in ((b'{"DriverStatus": []}', engines.Engine.info), (b'{"Os": 7, "Arch": "x"}', engines.Engine.platform), (b'{"a": 1}', engines.Engine.images),
                            (b'[{"Id": "x", "RepoTags": [7]}]', engines.Engine.images), (b'{"Id": "x", "RootFS": []}', lambda made: made.image('x')), (b'', engines.Engine.info), (b'[{"Id": "\\ud800"}]', engines.Engine.images)):
            with self.subTest(body):
                self.setUp()
                with self.assertRaises(Failure) as caught:
                    asked(self.serve(self.answer(200, body)))
                self.assertEqual(caught.exception.code, 'engine-strange')
        # What has nothing for this platform.
        self.setUp()
        self.assertEqual(self.serve(self.answer(200, b'{"Id": "x"}')).image('x'), {'Id': 'x'})

    def test_no_room_is_made_for_what_only_says_that_it_comes(self):
        for head, code in ((b'Content-Length: 9007199254740993', Failure), (b'Transfer-Encoding: chunked\r\n\r\nffffffffffffffff', OSError), (b'Transfer-Encoding: chunked\r\n\r\n-5', OSError)):
            with self.subTest(head):
                self.setUp()
                self.serve(lambda handler, head=head: handler.wfile.write(b'HTTP/1.1 200 X\r\n%b\r\n\r\n{"Id"' % head))
                with self.assertRaises(code):
                    engine.get('/info')

    def test_both_streams_of_a_container_in_their_order(self):
        frames = b'\1\0\0\0\0\0\0\2a\n' + b'\2\0\0\0\0\0\0\2b\n'
        self.serve(self.answer(200, frames))
        self.assertEqual(engine.output('GET', '/containers/x/logs'), 'a\nb\n')


if __name__ == '__main__':
    unittest.main()
