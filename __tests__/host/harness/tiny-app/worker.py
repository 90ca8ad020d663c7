"""A worker that is healthy, which `tmp/ready.N` says, after the seconds in behaviour.json; and ends, should that say so."""
import json
import os
import time

with open('behaviour.json', encoding='utf-8') as file:
    BEHAVIOUR = json.load(file)
time.sleep(BEHAVIOUR.get('workerBoot', 0))
with open(f'tmp/ready.{os.environ["SLIPWAY_ACTIVATION"]}', 'w', encoding='utf-8'):
    pass
time.sleep(BEHAVIOUR.get('workerLasts', 1e6))
