''
from . import fields

_COUNTS = ('canary', 'failures', 'absent')
_SECONDS = ('bake', 'drain', 'warm', 'timeout')


def policy(value):
    ''
    value = fields.mapping(value, 'rollout')
    found = {key: fields.whole(value[key], f'rollout.{key}', 0, 1 << 20) for key in _COUNTS if key in value}
    found.update({key: fields.number(value[key], f'rollout.{key}', 0, 1 << 20) for key in _SECONDS if key in value})
    if 'wave' in value:
        wave = fields.mapping(value['wave'], 'rollout.wave')
        unit = 'percent' if 'percent' in wave else 'count'
        found['wave'] = {unit: fields.number(wave.get(unit), f'rollout.wave.{unit}', 1, 1 << 20)}
    if 'maintenance' in value:
        found['maintenance'] = fields.flag(value['maintenance'], 'rollout.maintenance')
    return found
