import { join } from 'node:path'
import { must, root } from './harness/command'
import type { Host } from './harness/hosts'
import { appsHost } from './harness/tiny-app'

/** What a real systemd makes of the files that the host program writes for it. */
describe('the host program\'s files', () => {
  let host: Host
  beforeAll(async () => { host = await appsHost() }, 300_000)

  const values: Readonly<Record<string, string>> = {
    EMPTY: '', SPACES: '  a  b  ', QUOTES: '"a" \'b\' ""', DOLLAR: '$HOME ${HOME} $$ $(id) `id`', HASH: '# a', SEMICOLON: '; a',
    BACKSLASHES: 'a\\b \\\\ \\n \\" \\$ \\', TRAILING: 'a\\', LINES: 'a\nb\n\nc\n', RETURN: 'a\r\nb\r', CONTINUED: 'a\\\nb', TAB: 'a\tb',
    KEY: '-----BEGIN KEY-----\nab+/=\n-----END KEY-----\n', UNICODE: 'é 漢 \u{1F600}', PERCENT: '%i %% %n', EQUALS: 'a=b=c',
    INJECTED: '"\nEVIL="1', NEXT: '\nEVIL=1\n', LONG: 'x"\\$\n'.repeat(20_000),
  }

  it('give a process each variable as it was given, whatever is in it', async () => {
    const program = join(root, 'src', 'targets', 'host', 'program')
    const text = await must('python3', ['-B', '-c', 'import json, sys\nsys.path.insert(0, sys.argv[1])\n'
      + 'from slipway import shellwords\nsys.stdout.write(shellwords.environment_file(json.load(sys.stdin)))', program],
    { input: JSON.stringify(values) })
    await host.shell('cat >/root/values.env', { input: text })
    const seen = JSON.parse(await host.shell('systemd-run --quiet --wait --pipe --property=EnvironmentFile=/root/values.env '
      + 'python3 -c \'import json, os; print(json.dumps(dict(os.environ)))\'')) as Record<string, string>
    await host.shell('rm /root/values.env')
    expect(Object.fromEntries(Object.keys(values).map((name) => [name, seen[name]]))).toEqual(values)
    expect(seen).not.toHaveProperty('EVIL')
  })
})
