"""What a runner sends."""

import base64
import queue

import ground  # noqa: F401 (the way to the program)
from judging import claim
from slipway import conversation
from slipway.failures import Failure


def heard(data, cuts):
    """What a conversation takes of these bytes when they come in these pieces: (what it hands on, how it ends)."""
    talk = conversation.Conversation.__new__(conversation.Conversation)
    talk._queue, talk._searched = queue.Queue(), 0
    buffer, at, end = bytearray(), 0, None
    try:
        for cut in [*cuts, len(data)]:
            buffer += data[at:cut]
            at = max(at, cut)
            end = talk._take(buffer)
            if end:
                break
    except (ValueError, RecursionError) as error:
        end = type(error).__name__
    return list(talk._queue.queue), end


def attempt(given):
    data = base64.b64decode(given['bytes'])
    whole = heard(data, [])
    claim(whole == heard(data, sorted(cut for cut in given['cuts'] if cut < len(data))), 'what is heard depends on the pieces in which it comes')
    for kind, *rest in whole[0]:
        claim(kind in ('data', 'command'), 'something else is handed on:', kind)
        claim(kind == 'data' or (isinstance(rest[0], str) and isinstance(rest[1], dict)), 'a command is none')
    if whole[1] not in (None, 'abandon', 'bye'):
        raise Failure('conversation-broken', 'It is no talk of a runner.', '', 'It is ended.')
