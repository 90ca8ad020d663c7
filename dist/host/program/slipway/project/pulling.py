''
import base64
import json
import re
import time

from ..capacity import human
from ..failures import Failure
from . import engine

ATTEMPTS = 3

_WORD = 5
_PASSING = re.compile(r'timeout|timed out|connection re(fused|set)|toomanyrequests|EOF|(?:status|code):? 5\d\d|5\d\d (?:Internal|Bad|Service|Gateway)|no such host|TLS handshake',
                      re.IGNORECASE)


def pull(name, reference, platform, registries, conversation):
    registry = registry_of(reference)
    auth = {}
    if registry in registries:
        user, password = registries[registry]
        told = json.dumps({'username': user, 'password': password, 'serveraddress': registry})
        auth = {'X-Registry-Auth': base64.urlsafe_b64encode(told.encode()).decode()}
    at_digest, _, digest = reference.partition('@')
    path = _path(at_digest)
    query = {'fromImage': reference} if digest else {'fromImage': path, 'tag': at_digest[len(path) + 1:] or 'latest'}
    if platform:
        query['platform'] = platform
    said = ''
    for attempt in range(1, ATTEMPTS + 1):
        said = _attempt(name, query, auth, conversation)
        if not said:
            image = engine.image(reference)
            if image is not None:
                return image
            said = 'it was pulled, and is not there'
        if attempt < ATTEMPTS and _PASSING.search(said):
            conversation.progress(f'pulling {name}: {said[:200]}; trying once more')
            time.sleep(attempt)
            continue
        break
    raise _failed(name, reference, registry, said, bool(auth))


def _attempt(name, query, auth, conversation):
    ''
    layers, spoken = {}, time.monotonic()
    try:
        for line in engine.lines('/images/create', query, auth):
            if 'error' in line:
                return line['error']
            detail = line.get('progressDetail') or {}
            if line.get('status') == 'Downloading' and detail.get('total'):
                layers[line['id']] = (detail.get('current', 0), detail['total'])
            if time.monotonic() - spoken > _WORD and layers:
                spoken = time.monotonic()
                conversation.progress(f'pulling {name}: {human(sum(done for done, _ in layers.values()))} of '
                                      f'{human(sum(total for _, total in layers.values()))}')
    except engine.Refused as refused:
        return refused.said
    except OSError as error:
        return f'the Engine broke off: {error}'
    return ''


def registry_of(reference):
    first, slash, _ = reference.partition('/')
    return first if slash and ('.' in first or ':' in first or first == 'localhost') else 'docker.io'


def _failed(name, reference, registry, said, had_credentials):
    why = f'The registry says: {said[:400]}'
    lower = said.lower()
    if 'no space left' in lower:
        return Failure('disk-full', f'The disk became full while {reference} was pulled.', why,
                       'Free space on the host (df -h /var/lib/docker; docker system df), then deploy again.')
    if 'no matching manifest' in lower:
        return Failure('wrong-architecture', f'{reference} of {name} is not made for the processor of this host.', why,
                       'Build it for that platform too: build-image with `platforms: linux/amd64,linux/arm64`, then deploy that.')
    if 'manifest unknown' in lower or 'not found' in lower and 'host' not in lower:
        return Failure('image-missing', f'{registry} has no {reference}, which {name} is to run.', why,
                       f'Push it first (build-image), or correct the image of {name}; then deploy again.')
    if re.search(r'denied|unauthorized|authentication|no basic auth|401|403', lower):
        cure = 'Check `registry-username` and `registry-password`: may they read that image?' if had_credentials else \
            'Give the step `registry-username` and `registry-password`. If the image is public, check its name.'
        return Failure('image-private', f'{registry} does not give {reference} of {name} to this host.', why, cure)
    return Failure('registry-unreachable', f'{reference} of {name} could not be pulled.', why,
                   f'See whether the host reaches {registry} (curl -I https://{registry}/v2/ there), then deploy again.')


def _path(name):
    return name.rpartition(':')[0] if ':' in name.rpartition('/')[2] else name
