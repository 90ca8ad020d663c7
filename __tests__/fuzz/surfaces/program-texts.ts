import fc from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { mutated, refilled, text } from '../texts'

const program = new Program('words')
const nginx = '# configuration file /etc/nginx/nginx.conf:\nhttp {\n  include /etc/nginx/sites-enabled/*;\n}\n\n# configuration file /etc/nginx/sites-enabled/default:\nserver {\n  listen 80 default_server;\n  server_name "a b" shop.example.com *.example.com;\n  location / { return 301 https://$host; }\n}\n'
const line = { at: '2026-11-28T00:00:00Z', event: 'proven', number: 3, releaseId: 'v1-00000000', version: 'v1', commit: 'c', floor: true, by: 'ada', run: '' }
const task = { at: '', event: 'task', number: 3, when: 'before', index: 0, name: './migrate', state: 'ended', ok: true }

/** What others print that the host program reads: `nginx -T`, the Engine, Compose's YAML, the history. */
export const surface = surfaceOf({
  refusesNothing: true,
  inputs: fc.record({ text: fc.oneof(mutated([nginx, 'services:\n  web:\n    x-slipway:\n      route: /\n      health: "/up"\n', '{"message":"no such image"}', '1m30s', 'exec node main.js && x', '\0\0\0\0\0\0\0\u0003abc']),
    // The history is root's own: of it a line may be cut, and know more than we do.
    fc.array(refilled([line, task, { ...line, event: 'withdrawn' }]).map((one) => JSON.stringify(one) ?? ''), { maxLength: 4 }).map((lines) => lines.join('\n')), text) }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
