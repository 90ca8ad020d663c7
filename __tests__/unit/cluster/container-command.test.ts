import { containerCommand } from '../../../src/targets/cluster/container-command'

const variables = new Map<string, string | null>([['PORT', '8080'], ['LEVEL', 'info'], ['SPACED', 'a b'], ['DATABASE_URL', null]])
const command = (line: string, stays = true): readonly string[] | null => containerCommand(line, variables, stays)
const shell = (text: string): readonly string[] => ['sh', '-c', text]

test.each<[string, readonly string[]]>([
  ['gunicorn main:app --bind 0.0.0.0:$PORT', ['gunicorn', 'main:app', '--bind', '0.0.0.0:$(PORT)']],
  ['exec node main.js --level="${LEVEL}"', ['node', 'main.js', '--level=$(LEVEL)']],
  ['say \'it costs $5\' "a \\"b\\" \\$c" d\\ e', ['say', 'it costs $$5', 'a "b" $$c', 'd e']],
  // Kubernetes would take this for a variable, and a shell does not.
  ['say \'$(PORT)\'', ['say', '$$(PORT)']],
  ['app "" x # comment', ['app', '', 'x']],
  ['psql "$DATABASE_URL"', ['psql', '$(DATABASE_URL)']],
  ['app "$SPACED"', ['app', '$(SPACED)']],
])('without a shell, for it can be: %s', (line, expected) => {
  expect(command(line)).toEqual(expected)
})

test.each<[string, string]>([
  // What it has in it would make several words of it.
  ['psql $DATABASE_URL', 'exec psql $$DATABASE_URL'],
  ['app $SPACED', 'exec app $$SPACED'],
  // It may be a variable of the image.
  ['app --home "$APP_HOME"', 'exec app --home "$$APP_HOME"'],
  ['app --port ${PORT:-80}', 'exec app --port $${PORT:-80}'],
  ['app $(nproc)', 'exec app $$(nproc)'],
  ['app $(a | (b; c)) `d | e`', 'exec app $$(a | (b; c)) `d | e`'],
  ['app "$(nproc)"', 'exec app "$$(nproc)"'],
  ['app *.conf', 'exec app *.conf'],
  ['app ~/x', 'exec app ~/x'],
  ['DEBUG=1 app', 'exec env DEBUG=1 app'],
  ['exec app *.conf', 'exec app *.conf'],
  ['cd api && exec app', 'cd api && exec app'],
  ['ulimit -n 9999; exec app', 'ulimit -n 9999; exec app'],
])('by a shell whose place the app takes: %s', (line, text) => {
  expect(command(line)).toEqual(shell(text))
})

test.each(['. ./env', 'cd api && app', 'app | tee log', 'app & exec other', 'exec a | b', '(cd api; exec app)', 'while true; do app; done', 'app > log && sleep 1'])('a shell would stay: %s', (line) => {
  expect(command(line)).toBeNull()
})

test.each(['cd api', 'cd api && migrate', 'a | b', 'test -f $FILE || a'])('of what ends by itself it may: %s', (line) => {
  expect(command(line, false)).toEqual(shell(line.replaceAll('$', '$$$$')))
})

test('a redirection alone needs a shell, and not that it stays', () => {
  expect(command('exec app 2>&1')).toEqual(shell('exec app 2>&1'))
})
