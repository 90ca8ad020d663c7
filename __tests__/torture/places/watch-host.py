"""Tells what an app's records on this host say, as they are written: a line of JSON each, until its standard input ends.

Argument: the app; more: paths whose changes are told.
"""
import json
import os
import select
import sys
import time

# Seconds between two looks: less than a step takes.
PAUSE = 0.004
APP = f'/opt/{sys.argv[1]}'
PATHS = sys.argv[2:]


def tell(**entry):
    print(json.dumps({'at': time.time() * 1000, **entry}), flush=True)


def stamp(path):
    try:
        found = os.lstat(path)
        return found.st_ino, found.st_mtime_ns
    except OSError:
        return None


def read(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except OSError:
        return ''


def link():
    try:
        return os.readlink(f'{APP}/run/current.sock')
    except OSError:
        return None


def main():
    known, intent, led = 0, None, link()
    seen = {path: stamp(path) for path in [f'{APP}/history/log.jsonl', f'{APP}/run/intent.json', *PATHS]}
    first = True
    while True:
        history = stamp(f'{APP}/history/log.jsonl')
        if first or history != seen[f'{APP}/history/log.jsonl']:
            seen[f'{APP}/history/log.jsonl'] = history
            lines = read(f'{APP}/history/log.jsonl').split('\n')
            # What is not ended by a newline is not whole yet.
            for line in lines[known:-1]:
                tell(type='history', line=line)
            known = max(known, len(lines) - 1)
        now = stamp(f'{APP}/run/intent.json')
        if first or now != seen[f'{APP}/run/intent.json']:
            seen[f'{APP}/run/intent.json'] = now
            text = read(f'{APP}/run/intent.json')
            if text != intent:
                intent = text
                if text or not first:
                    tell(type='intent', text=text)
        to = link()
        if to != led:
            led = to
            tell(type='change', what='the link is switched')
        for path in PATHS:
            stands = stamp(path)
            if stands != seen[path]:
                seen[path] = stands
                tell(type='change', what=f'written: {os.path.basename(path)}')
        if first:
            tell(type='ready')
        first = False
        # Whoever listens may be killed, and then the input ends: nothing would be written for a long time that told it.
        if select.select([sys.stdin], [], [], PAUSE)[0]:
            return


main()
