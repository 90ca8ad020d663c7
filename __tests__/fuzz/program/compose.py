"""A model of Compose, and the settings of a project."""

import json

import ground  # noqa: F401 (the way to the program)
from judging import claim
from slipway.project import describing, kinds, wanted


def attempt(given):
    """`docker compose config` prints what it was given, in shapes that its schema knows."""
    model = given['model']
    settings = wanted.settings(given['settings'])
    found = kinds.of_model(model)
    for level in kinds.order(found):
        for name in level:
            claim(name in model['services'], 'a service is none:', name)
    kinds.renewed(found, model, settings['images'])
    for service in describing.services(model, found, {}):
        claim(isinstance(service['name'], str), 'a service has no name')
        json.dumps(service)
