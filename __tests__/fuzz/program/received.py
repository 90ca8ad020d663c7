"""The content of files."""

import base64
import itertools
import os

import ground
from judging import claim
from slipway import content

place = ground.host()


def attempt(given):
    data = base64.b64decode(given['bytes'])
    cuts = [0, *sorted(cut for cut in given['cuts'] if cut < len(data)), len(data)]
    incoming = f'{place.folder}/received'
    store = content.Store(place.layout, incoming)
    try:
        store.receive(iter([data[one:other] for one, other in itertools.pairwise(cuts)]), given['sizes'])
        for key in given['sizes']:
            claim(store.sources[key].startswith(f'{incoming}/') and os.path.dirname(store.sources[key]) == incoming, 'content lies elsewhere:', store.sources[key])
            claim(os.path.getsize(store.sources[key]) == given['sizes'][key], 'content has another size')
    finally:
        for name in os.listdir(incoming) if os.path.isdir(incoming) else ():
            os.unlink(f'{incoming}/{name}')
