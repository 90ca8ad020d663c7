"""What the Docker Engine answers over its socket, byte for byte."""

import base64
import io
import json

import ground
from judging import claim
from slipway.layers import engine as engines
from slipway.layers import held
from slipway.project import engine

ANSWERS = []


def connect(connection):
    connection.sock = Socket(ANSWERS.pop(0) if len(ANSWERS) > 1 else ANSWERS[0])


ground.host().replace(engine.Connection, 'connect', connect)


class Socket:
    """Takes whatever is asked, and gives these bytes."""

    def __init__(self, data):
        self._data = data

    def sendall(self, _data):
        pass

    def makefile(self, *_):
        return io.BufferedReader(io.BytesIO(self._data))

    def close(self):
        pass


def attempt(given):
    ANSWERS[:] = [base64.b64decode(one) for one in given['answers']]
    ASKED[given['asks']]()


def judge_output():
    said = engine.output('GET', '/containers/x/logs')
    claim(isinstance(said, str) and len(said) <= engine.LIMIT, 'an output is endless:', len(said))


def judge_lines():
    for line in engine.lines('/images/create'):
        json.dumps(line)


def judge_images():
    for image in held.Store(engines.Engine()).images():
        claim(isinstance(image.id, str) and all(isinstance(one, str) for one in (*image.tags, *image.layers)), 'an image is none:', image)


def judge_platform():
    claim(all(isinstance(one, str) for one in engines.Engine().platform().values()), 'a platform is none')


def judge_descriptors():
    store = held.Store(engines.Engine())
    found = store.descriptors(held.Image('sha256:x', (), ('sha256:' + '0' * 64,), 0))
    for layer in found or ():
        claim(held.DIGEST.match(layer['digest']) is not None, 'a layer was taken:', layer)


ASKED = {
    'ask': lambda: json.dumps(engine.ask('POST', '/x', {'a': 1})),
    'find': lambda: json.dumps(engine.image('shop')),
    'quietly': lambda: engine.quietly('POST', '/x'),
    'delete': lambda: engine.delete('/x'),
    'output': judge_output,
    'lines': judge_lines,
    'images': judge_images,
    'platform': judge_platform,
    'descriptors': judge_descriptors,
    'load': lambda: engines.Engine().load([b'a', b'b']),
}
