"""Verbs, to a place on which nothing was deployed yet: what is judged before anything is touched."""

import json
import os

import ground
from answering import Answering
from judging import claim
from slipway import conversation, records, router, session
from slipway.failures import Failure

place = ground.host()
place.replace(session, 'Conversation', Answering)
place.replace(router, 'ForeignSites', lambda: type('Sites', (), {'check': staticmethod(lambda *_: None)}))


def attempt(given):
    made = session.Session(place.layout)
    if given['inspected']:
        made.records = records.Records(place.layout)
        made.foreign = router.ForeignSites()
    before = lying()
    try:
        made._heard(given['verb'], given['given'])
    except conversation.Ended:
        return
    finally:
        claim(lying() - before <= {place.layout.holder}, 'something was made:', sorted(lying() - before))
    for answer in made.conversation.answers:
        json.dumps(answer)
        if not answer['ok']:
            failure = answer['failure']
            raise Failure(failure['code'], failure['what'], failure['why'], failure['cure'])


def lying():
    return {f'{folder}/{name}' for folder, _, names in os.walk(place.folder) for name in names}
