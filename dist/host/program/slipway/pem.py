''
import base64
import calendar
import hashlib
import re
import time

from .failures import Failure
from .processes import run

OPENSSL = '/usr/bin/openssl'
DAY = 86400

_BLOCK = re.compile(r'-----BEGIN ([A-Z0-9 ]+)-----\r?\n(?:(?!-----)[A-Za-z0-9+/=\s:,-])*-----END \1-----')


class Certificate:
    ''

    def __init__(self, text):
        self.text = text
        result = run([OPENSSL, 'x509', '-noout', '-subject', '-issuer', '-startdate', '-enddate', '-nameopt', 'RFC2253',
                      '-ext', 'subjectAltName', '-pubkey'], 20, text.encode())
        self.readable = result.code == 0
        said = result.output
        self.subject = _one(r'^subject=(.*)$', said)
        self.issuer = _one(r'^issuer=(.*)$', said)
        self.begins = seconds(_one(r'^notBefore=(.*)$', said))
        self.ends = seconds(_one(r'^notAfter=(.*)$', said))
        self.names = [name.lower() for name in re.findall(r'\bDNS:([^,\s]+)', said)]
        self.public_key = _one(r'(-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----)', said, re.DOTALL)


def _one(pattern, text, flags=re.MULTILINE):
    found = re.search(pattern, text, flags)
    return found.group(1).strip() if found else ''


def seconds(date):
    ''
    try:
        return calendar.timegm(time.strptime(date, '%b %d %H:%M:%S %Y GMT'))
    except ValueError:
        return 0


def day(at):
    return time.strftime('%Y-%m-%d', time.gmtime(at))


def blocks(text):
    ''
    return [(found.group(1), found.group(0).replace('\r', '') + '\n') for found in _BLOCK.finditer(text)]


def fingerprint(text):
    ''
    body = next(block for kind, block in blocks(text) if kind == 'CERTIFICATE')
    return hashlib.sha256(base64.b64decode(''.join(body.splitlines()[1:-1]))).hexdigest()


def covers(pattern, name):
    ''
    if pattern == name:
        return True
    return pattern.startswith('*.') and not name.startswith('*.') and name.partition('.')[2] == pattern[2:]


def uncovered(patterns, names):
    return [name for name in names if not any(covers(pattern, name) for pattern in patterns)]


def judged(certificate, key, names, secrets, now=None):
    ''
    now = time.time() if now is None else now
    found = blocks(certificate)
    chain = [Certificate(block) for kind, block in found if kind == 'CERTIFICATE']
    keys = [block for kind, block in blocks(key) if kind.endswith('PRIVATE KEY')]
    faults = _unreadable(chain, found, keys, key, secrets)
    if not faults:

        result = run([OPENSSL, 'pkey', '-pubout', '-passin', 'pass:'], 20, keys[0].encode())
        if result.code != 0:
            faults.append(f'{secrets[1]} holds a private key that openssl cannot read')
        faults += _unfit(chain, result.output.strip(), names, now)
    if faults:
        raise Failure(
            'certificate-unfit', f'The certificate of the app cannot be used: {"; ".join(faults)}.',
            'Browsers would refuse it, or nginx could not serve it. Nothing was touched.',
            f'Store the right one: gh secret set {secrets[0]} < fullchain.pem (the certificate of the domain first, then those that '
            f'signed it) and gh secret set {secrets[1]} < privkey.pem; then run this again.')
    return {'pem': ''.join([item.text for item in chain] + keys), 'begins': chain[0].begins, 'ends': chain[0].ends}


def _unreadable(chain, found, keys, key, secrets):
    faults = []
    if not chain or not all(item.readable for item in chain):
        faults.append(f'{secrets[0]} holds no certificate in PEM' if not chain else f'{secrets[0]} holds what openssl cannot read')
    if any(kind.endswith('PRIVATE KEY') for kind, _ in found):
        faults.append(f'{secrets[0]} holds a private key, which belongs into {secrets[1]} alone')
    if len(keys) != 1:
        faults.append(f'{secrets[1]} holds {"no private key" if not keys else "several private keys"} in PEM')
    elif 'ENCRYPTED' in key:
        faults.append(f'{secrets[1]} is locked with a passphrase, which nobody could type here')
    return faults


def _unfit(chain, public_key, names, now):
    leaf = chain[0]
    faults = []
    if public_key and leaf.public_key != public_key:
        place = next((index for index, item in enumerate(chain) if item.public_key == public_key), None)
        faults.append('the key does not belong to the certificate' if place is None else
                      f'the certificate of the key is number {place + 1} in the file, and has to be the first')
    faults += [f'the one of {item.subject or "?"} has expired on {day(item.ends)}' for item in chain if item.ends <= now]
    faults += [f'the one of {item.subject or "?"} is not valid before {day(item.begins)}' for item in chain if item.begins > now + DAY]
    missing = uncovered(leaf.names, names)
    if missing:
        faults.append(f'it does not cover {", ".join(missing)} (it is for {", ".join(leaf.names) or "no name at all"})')
    for index, signer in enumerate(chain[1:], 1):
        if chain[index - 1].issuer != signer.subject:
            faults.append(f'number {index + 1} in the file is not who signed number {index}')
    return faults
