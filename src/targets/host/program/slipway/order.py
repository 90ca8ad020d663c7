"""In which order a session may be told what: whoever sends the verbs may be of another mind than we, and users are not to notice."""
from . import activation as acts
from .failures import Failure


def newcomer(layout, records, number):
    """The activation of that number, which does not serve."""
    new = acts.require(layout, number)
    if number == records.serving:
        raise bad(f'Activation {number} serves already.')
    check_alone(records, number)
    return new


def check_alone(records, number):
    """Is nothing else in hand? It would be forgotten, and users may be led to it, or away for its maintenance."""
    other = (records.intent() or {}).get('to', number)
    if other != number:
        raise bad(f'Activation {other} is in hand, and {number} is not to be yet.')


def check_way_back(records, number, to):
    """From what serves, or from what was to, and to what served before."""
    proven = (records.entry(number) or {}).get('proven')
    if number == to or records.serving not in ((number, to) if proven else (to,)):
        raise bad(f'Activation {number} is not what comes after {to or "none"}.')
    if (records.intent() or {}).get('phase') != 'revert':
        check_alone(records, number)


def bad(what):
    return Failure('bad-order', what, '', 'Report this: it is a bug of Slipway.')
