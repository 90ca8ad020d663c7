"""The list of a release's files, and where its links lead."""

import os

import ground  # noqa: F401 (the way to the program)
from judging import claim
from slipway import fields, manifest


def attempt(given):
    judged = fields.each(given['rows'], 'manifest', fields.manifest_entry, 1000)
    ordered = manifest.assemble([], [], judged, given['digest'] or manifest.digest(sorted({row[0]: row for row in judged}.values(), key=lambda row: row[0].encode())))
    for path, *_ in ordered:
        claim(os.path.normpath(f'/r/{path}') == f'/r/{path}' and not path.startswith('.git/'), 'a path was taken:', path)
    links = {path: text for path, text in given['links'].items() if isinstance(text, str)}
    for path, text in links.items():
        if os.path.normpath(path) == path and not path.startswith(('/', '..')) and manifest.link_stays(path, text, links):
            plain = os.path.normpath(os.path.join('/r', os.path.dirname(path), text))
            claim(links.keys() != {path} or plain == '/r' or plain.startswith('/r/'), 'a link was taken:', path, text)
