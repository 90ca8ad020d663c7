''
from . import fields, front, public, schedule, taking_over, tls, warmth
from .project import deciding
from .staging import Staging


def plan(layout, conversation, decision, given):
    ''
    if decision.unchanged:
        return {'stage': [f'nothing: activation {decision.serving.number} is just that, and serves'], 'start': [], 'cutOver': [],
                'after': [f'run {item["name"]}, which is not known to have ended well' for item in decision.after], 'retire': []}
    if decision.warm is not None:
        return _switched_back(layout, decision)
    new, serving, config = decision.new, decision.serving, decision.config
    stage = [f'release {given["id"]} is on the host'] if decision.known else Staging(
        layout, conversation, decision.wanted, 1, decision.given).plan()
    stage += decision.changes()
    replaced = []
    if decision.project is not None:
        lines, replaced = deciding.lines(layout, decision.project, serving)
        stage += lines
    if tls.needs_issue(config):
        stage.append(f'ask the certificate authority for {", ".join(public.names(config))}')
    if fields.flag(given.get('maintenance', False), 'maintenance') and decision.before:
        stage.append('answer 503 to all requests from here on, until the new release is proven')
    return {'stage': stage + [f'run {task}' for task in decision.before],
            'start': (replaced or [f'start {name}' for name in new.names_of(new.routed())]) + [f'start {new.router_unit()}'],
            'cutOver': [f'run {name}' for name in schedule.units_of(new, new.once())] +
                       ([] if replaced else [f'start {name}' for name in new.names_of(new.workers())]) +
                       [f'{layout.current} -> {new.number}/router/http.sock',
                        *([f'move {decision.take_over} to {taking_over.kept(layout, decision.take_over)}, reload nginx']
                          if decision.take_over else []), *front.plan(config), f'prove activation {new.number}'] +
                       ([f'stop {name}' for name in schedule.timers(serving)] if serving else []) +
                       [f'start {name}' for name in schedule.timers(new)],
            'after': [f'run {item["name"]}' for item in decision.after],
            'retire': _retire(layout, decision, fields.number(given.get('warm', 0), 'warm', 0, 1 << 20))}


def _switched_back(layout, decision):
    warm, serving = decision.warm, decision.serving
    return {'stage': [f'nothing: activation {warm.number} is just that, and still up'], 'start': [],
            'cutOver': [*(f'stop {name}' for name in serving.names_of([one for one in serving.workers() if not one['overlap']])),
                        *(f'start {name}' for name in warm.names_of(warm.workers())), f'{layout.current} -> {warm.number}/router/http.sock',
                        f'prove activation {warm.number}', *(f'stop {name}' for name in schedule.timers(serving)),
                        *(f'start {name}' for name in schedule.timers(warm))],
            'after': [], 'retire': _retire(layout, decision)}


def _retire(layout, decision, seconds=0):
    serving = decision.serving
    if serving is None:
        return []
    number = warmth.number(layout)
    ends = [f'stop activation {number}, which is still up'] if number and decision.warm is None else []
    if seconds > 0 and not warmth.lacking(serving) and not warmth.lacking(decision.new):
        return [*ends, *(f'stop {name}' for name in serving.names_of(serving.workers())), f'the rest of activation {serving.number} stays up for {seconds:g} s']
    carried = decision.project.carried(serving) if decision.project is not None else {}
    ended = [service for service in serving.running() if service['name'] not in carried]
    return ends + [f'stop {name}' for name in [*serving.names_of(ended), serving.router_unit()]]
