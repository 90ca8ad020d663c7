''



import json
import os
import socket
import struct

TIMEOUT = 30.0
_GREETING = b'\xff' + bytes(8) + b'\x7f' + b'\x03\x00' + b'NULL'.ljust(20, b'\0') + b'\0' + bytes(31)
_MORE, _LONG, _COMMAND = 1, 2, 4


class Connection:
    ''

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT)
        self._socket.connect(path)
        self._socket.sendall(_GREETING)
        greeting = self._exactly(64)
        if greeting[0] != 0xff or greeting[10] < 3 or greeting[12:16] != b'NULL':
            raise OSError('what answers there is not circusd')
        self._send(_COMMAND, b'\x05READY' + _property(b'Socket-Type', b'DEALER') + _property(b'Identity', b''))
        self._receive()

    def ask(self, command, properties):
        ''
        number = os.urandom(8).hex()
        self._send(0, json.dumps({'id': number, 'command': command, 'properties': properties}).encode())
        while True:
            try:
                answer = json.loads(self._receive())
            except ValueError:
                raise OSError('circusd answers what is no JSON') from None
            if isinstance(answer, dict) and answer.get('id') == number:
                return answer

    def close(self):
        self._socket.close()

    def _send(self, flags, body):
        size = struct.pack('>Q', len(body)) if len(body) > 255 else bytes([len(body)])
        self._socket.sendall(bytes([flags | (_LONG if len(body) > 255 else 0)]) + size + body)

    def _receive(self):
        ''
        while True:
            flags = self._exactly(1)[0]
            size = struct.unpack('>Q', self._exactly(8))[0] if flags & _LONG else self._exactly(1)[0]
            if size > 1 << 26:
                raise OSError('circusd answers too much')
            body = self._exactly(size)
            if not flags & _MORE:
                return body

    def _exactly(self, size):
        data = bytearray()
        while len(data) < size:
            chunk = self._socket.recv(size - len(data))
            if not chunk:
                raise OSError('circusd ended the connection')
            data += chunk
        return bytes(data)


def _property(name, value):
    return bytes([len(name)]) + name + struct.pack('>I', len(value)) + value
