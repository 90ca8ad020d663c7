"""What every server of this app answers: who it is. The release may have told one of them to end instead."""
import json
import os
import sys

NAME = os.environ['SLIPWAY_SERVICE']
HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(HERE, '..', name), encoding='utf-8') as file:
        return file.read().strip()


if NAME in read('BROKEN').split():
    print(f'{NAME} is broken in this release', file=sys.stderr, flush=True)
    sys.exit(3)


def told(given=b''):
    answer = {'version': read('VERSION'), 'activation': int(os.environ['SLIPWAY_ACTIVATION']), 'service': NAME}
    if given:
        answer['echo'] = json.loads(given)
    return json.dumps(answer).encode()
