"""A worker that is healthy, which `tmp/ready.N` says, after the seconds in behaviour.json."""
import json
import os
import time

with open('behaviour.json', encoding='utf-8') as file:
    time.sleep(json.load(file).get('workerBoot', 0))
with open(f'tmp/ready.{os.environ["SLIPWAY_ACTIVATION"]}', 'w', encoding='utf-8'):
    pass
while True:
    time.sleep(3600)
