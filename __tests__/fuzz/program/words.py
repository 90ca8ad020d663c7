"""Texts that others print."""

import os

import ground
from judging import claim
from slipway import files, records, router, shellwords, sites
from slipway.project import durations, engine, extensions

place = ground.host()


def attempt(given):
    """Texts that others write: what Compose and nginx print, what the Engine says, the history."""
    text, data = given['text'], given['text'].encode('utf-8', 'surrogatepass')
    for server in sites.servers(text):
        claim(str(server) != '', 'a server is nowhere')
    router.foreign_site(text, 'shop.example.com')
    claim(isinstance(engine.message(data), str), 'the Engine says no words')
    engine._streams(data)
    extensions.of_services(text)
    durations.seconds(text, 5.0)
    shellwords.is_simple(text)
    path = place.layout.history
    with open(path, 'wb') as file:
        file.write(data)
    book = records.Records(place.layout)
    claim(isinstance(book.next_number(), int), 'the history has no next number')
    book.floors(), book.ordered(), book.unretired(), book.intent()
    os.unlink(path)
    files.read_json(path)
