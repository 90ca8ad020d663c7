''
from . import activation as acts
from .failures import Failure


def newcomer(layout, records, number):
    ''
    new = acts.require(layout, number)
    if number == records.serving:
        raise bad(f'Activation {number} serves already.')
    check_alone(records, number)
    return new


def check_alone(records, number):
    ''
    other = (records.intent() or {}).get('to', number)
    if other != number:
        raise bad(f'Activation {other} is in hand, and {number} is not to be yet.')


def check_way_back(records, number, to):
    ''
    proven = (records.entry(number) or {}).get('proven')
    if number == to or records.serving not in ((number, to) if proven else (to,)):
        raise bad(f'Activation {number} is not what comes after {to or "none"}.')
    if (records.intent() or {}).get('phase') != 'revert':
        check_alone(records, number)


def bad(what):
    return Failure('bad-order', what, '', 'Report this: it is a bug of Slipway.')
