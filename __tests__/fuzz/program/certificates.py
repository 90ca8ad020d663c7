"""An app's own certificate, and what openssl says of it."""

import base64
import binascii
import re

import ground
from judging import claim
from slipway import pem, processes

place = ground.host()
NOW = 1795203195
SECRETS = ('CERT', 'KEY')
SAID = []


def openssl(argv, _timeout=60, given=None):
    """Reads what is base64 at least, and says of it what the input has it say."""
    claim(argv[0] == pem.OPENSSL and argv[1] in ('x509', 'pkey') and not any('BEGIN' in word for word in argv), 'something else is started:', argv)
    lines = given.decode().splitlines()
    claim(lines[0].startswith('-----BEGIN ') and '-----END ' in lines[-1], 'it is given something else:', given.decode())
    try:
        if not lines[-1].startswith('-----END '):
            raise binascii.Error
        base64.b64decode(''.join(lines[1:-1]), validate=True)
    except binascii.Error:
        return processes.Result(1, 'Could not find certificate')
    said = SAID.pop(0) if SAID else {'code': 1, 'output': ''}
    return processes.Result(said['code'], said['output'])


place.replace(pem, 'run', openssl)


def attempt(given):
    SAID[:] = given['said']
    try:
        found = pem.judged(given['certificate'], given['key'], given['names'], SECRETS, NOW)
    except pem.Failure as failure:
        # Of a key nothing is told, and of the rest what openssl said and no more.
        for line in given['key'].splitlines():
            claim(len(line) < 24 or line in given['certificate'] or line not in f'{failure.what}{failure.why}{failure.cure}', 'a key is shown:', failure.what)
        raise
    blocks = pem.blocks(found['pem'])
    claim(''.join(text for _, text in blocks) == found['pem'], 'something stands between the blocks:', found['pem'])
    kinds = [kind for kind, _ in blocks]
    claim(kinds and set(kinds[:-1]) == {'CERTIFICATE'} and kinds[-1].endswith('PRIVATE KEY'), 'it is not a chain and its key:', kinds)
    claim(re.fullmatch('[0-9a-f]{64}', pem.fingerprint(found['pem'])) is not None, 'it has no fingerprint')
    claim(found['ends'] > NOW and found['begins'] <= NOW + pem.DAY, 'it is not valid now:', found['begins'], found['ends'])
    claim(not any('\0' in text or '\r' in text for _, text in blocks), 'a block has another byte')
