''
from .. import files
from ..failures import Failure, evidence
from . import rendering

PATIENCE = 180


def up(layout, facts, project, services):
    ''
    folder = layout.activation(facts['number'])
    values = rendering.variables(facts['config']['compose'], files.read_json(f'{folder}/secrets.json') or {}, facts['version'])
    code, _, errors = rendering.compose(
        ['--project-directory', folder, '--project-name', project, '--file', f'{folder}/compose.json',
         'up', '--detach', '--no-deps', '--no-recreate', '--no-build', '--quiet-pull', *services], values, timeout=PATIENCE)
    if code != 0:
        raise _not_made(services, rendering.without(errors, values))


def _not_made(services, errors):
    said = [line for line in errors.splitlines() if line.strip() and 'level=warning' not in line]
    last = said[-1].strip()[:400] if said else 'it says nothing'
    names = ', '.join(services)
    texts = [evidence('docker compose up', '\n'.join(said))]
    if 'port is already allocated' in last or 'address already in use' in last:
        return Failure('port-taken', f'A port of {names} is taken on this host: {last}', 'Docker publishes it itself, for this service cannot run twice.',
                       'See who has it (sudo ss -ltnp; docker ps), end that or change the port; then deploy again.', texts)
    if 'exec format error' in last:
        return Failure('wrong-architecture', f'What {names} starts is not made for the processor of this host.', last,
                       'Build it for this host (build-image with `platforms`), then deploy that.', texts)
    if 'is already in use by container' in last:
        return Failure('container-in-the-way', f'A container that Slipway did not start has the name that {names} is to have.', last,
                       'Remove or rename that container on the host (docker rename), then deploy again.', texts)
    if 'mount' in last or 'bind source path does not exist' in last:
        return Failure('bad-mount', f'What {names} mounts is not there: {last}', '', 'Correct its `volumes`, and tag again.', texts)
    return Failure('container-not-started', f'Docker does not start {names}: {last}', '', 'Correct that in the Compose file, and tag again.', texts)
