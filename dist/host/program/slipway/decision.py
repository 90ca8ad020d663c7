''
from __future__ import annotations

from typing import NamedTuple

from . import (
    client,
    configuration,
    fields,
    memory,
    public,
    router,
    taking_over,
    tasks,
    tls,
    warmth,
    wellbeing,
)
from . import release as releases
from .activation import Activation, load
from .failures import Failure
from .project import deciding
from .project.reading import Project


class Decision(NamedTuple):
    ''

    known: releases.Release | None
    wanted: dict | None
    config: dict

    secrets: dict
    serving: Activation | None
    unchanged: bool

    new: Activation

    before: list
    after: list

    given: dict
    certificate: dict | None

    take_over: str | None

    warm: Activation | None

    cools: bool

    project: Project | None

    jobs_here: bool

    def kept(self):
        ''
        taken = {'takeOver': self.take_over} if self.take_over else {}
        by_itself = {'jobsHere': self.jobs_here} if self.project else {}
        return {**tasks.facts(self.before, [item['name'] for item in self.after]), 'certificate': self.certificate, **taken, **by_itself}

    def changes(self):
        ''
        before = _names(self.serving.config) if self.serving else []
        after = _names(self.config)
        ends, begins = [name for name in before if name not in after], [name for name in after if name not in before]
        lines = [f'the domain {", ".join(ends)} ends, {", ".join(begins)} begins'] if ends and begins else []
        lines += [f'the domain {", ".join(ends)} ends'] if ends and not begins else []
        lines += [f'the domain {", ".join(begins)} begins'] if begins and before and not ends else []
        return lines + tls.detail(self.certificate)


def decide(layout, records, foreign, given):
    ''
    kind = fields.choice(given.get('kind'), 'kind', ('source', 'stored'))
    release_id = fields.text(given.get('id'), 'id', fields.RELEASE)

    again = fields.flag(given.get('again', False), 'again')
    serving = load(layout, records.serving) if records.serving else None

    first = fields.optional(given.get('first'), lambda value: fields.flag(value, 'first'))
    first = first if first is not None else serving is None or serving.facts['first']
    take_over = fields.optional(given.get('takeOver'), taking_over.site)
    known = releases.stored(layout, release_id)
    wanted = _wanted(layout, given) if kind == 'source' and known is None else None
    if wanted is None and known is None:
        raise Failure('release-not-stored', f'The release {release_id} is not on this host.', '', 'Deploy its version instead.')
    config = wanted['config'] if wanted else known.info['config']

    secrets = fields.secret_map(given.get('secrets'), reserved=() if config['target'] == 'docker' else fields.RESERVED_ENV)
    values = _secrets(config, secrets, serving)
    project = None
    if config['target'] == 'docker':
        project, config = deciding.project(layout, known, wanted, config, values, given, serving)
    unchanged = bool(not again and serving and known and serving.facts['releaseId'] == release_id and serving.secrets() == values
                     and serving.facts['first'] == first and router.points_to(layout) == serving.number and wellbeing.stands(serving))

    warm = warmth.ready(layout, records, release_id, values, first, serving) if kind == 'stored' and not again and not unchanged else None
    certificate, cools = None, False
    if not unchanged:
        if known:
            configuration.again(known)
        certificate = tls.check(config, values, serving)
        client.check_front(config)

        (foreign or router.ForeignSites()).check(config, layout, take_over)
        router.check_claim(layout, config)
        cools = warm is None and memory.check(layout, config, serving, deciding.never_two(layout, project, serving) if project is not None else ())
        if project is not None:
            deciding.check(layout, project, serving, stored=known is not None)
    number = records.next_number()
    new = Activation(layout, {'number': number, 'config': config, 'ports': {}, 'first': first})
    if not unchanged and warm is None:
        new.supervisor.check()
    before, after = ([tasks.names(new, when) if kind == 'source' and first else [] for when in tasks.WHEN])
    if project is not None:
        before = deciding.tasks(project) if kind == 'source' and first else []

        project.pausing = again or (bool(before) and _maintains(given))
    if unchanged:

        before, after = [], tasks.pending(records, serving) if kind == 'source' else []
    else:
        after = [{'index': index, 'name': name} for index, name in enumerate(after)]
    if take_over is not None and taking_over.is_taken(layout, take_over):
        take_over = None
    return Decision(known=known, wanted=wanted, config=config, secrets=values, serving=serving, unchanged=unchanged, new=new, before=before,
                    after=after, given=secrets, certificate=certificate, take_over=take_over, warm=warm, cools=cools,
                    project=project, jobs_here=project is not None and kind == 'source' and not first)


def _maintains(given):
    rollout = given.get('rollout')
    return bool(given.get('maintenance') or (isinstance(rollout, dict) and rollout.get('maintenance')))


def _names(config):
    return public.names(config) or (['default'] if public.is_reached(config) else [])


def _wanted(layout, given):
    config = configuration.config(given.get('config'), layout.app)
    base = fields.optional(given.get('base'), lambda v: fields.text(v, 'base', fields.RELEASE))
    if base is not None and releases.stored(layout, base) is None:
        fields.refuse('base', base)
    return {'id': fields.text(given.get('id'), 'id', fields.RELEASE),
            'version': fields.text(given.get('version'), 'version', fields.VERSION),
            'commit': fields.text(given.get('commit'), 'commit', fields.COMMIT),
            'digest': fields.text(given.get('digest'), 'digest', fields.DIGEST), 'config': config, 'base': base,
            'removed': fields.each(given.get('removed'), 'removed', fields.relative_path, 1000000),
            'manifest': fields.each(given.get('manifest'), 'manifest', fields.manifest_entry, 1000000)}


def _secrets(config, given, serving):
    ''
    names = sorted({*tls.secret_names(config), *(name for service in config['services'] for name in service['secrets'])})
    optional = config['compose']['variables'] if config['target'] == 'docker' else []
    stored = serving.secrets() if serving else {}
    missing = [name for name in names if name not in given and name not in stored]
    if missing:
        raise Failure('secret-not-given', f'Secrets are missing: {", ".join(missing)}.',
                      'They were not given in this run, and what serves has none of that name.',
                      'Add to the step: ' + '; '.join(f'env: {{ {name}: ${{{{ secrets.{name} }}}} }}' for name in missing))

    names += [name for name in optional if name not in names and (name in given or name in stored)]
    return {name: given.get(name, stored.get(name)) for name in names}
