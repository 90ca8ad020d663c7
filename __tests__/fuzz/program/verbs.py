"""Verbs, to a place on which nothing was deployed yet."""

import ground
from answering import Answering
from slipway import conversation, records, router, session
from slipway.failures import Failure

place = ground.host()


def attempt(given):
    """A session before its `inspect`, and one after it whose place has nothing: what is judged before anything is touched."""
    place.replace(session, 'Conversation', Answering)
    place.replace(router, 'ForeignSites', lambda: type('Sites', (), {'check': staticmethod(lambda *_: None)}))
    made = session.Session(place.layout)
    if given['inspected']:
        made.records = records.Records(place.layout)
        made.foreign = router.ForeignSites()
    try:
        made._heard(given['verb'], given['given'])
    except conversation.Ended:
        return
    for answer in made.conversation.answers:
        if not answer['ok']:
            failure = answer['failure']
            raise Failure(failure['code'], failure['what'], failure['why'], failure['cure'])
