import { secretsIn } from '../../../../src/actions/cluster/hidden'
import { kubeconfigSecrets } from '../../../../src/inputs'
import { readValues } from '../../../../src/config'
import { Findings } from '../../../../src/config'

const hidden = (yaml: string): readonly string[] => secretsIn(readValues(yaml, 'values.yaml', new Findings()) ?? {})

describe('of the input `values` is hidden', () => {
  it.each<[string, readonly string[]]>([
    ['password: correct horse', ['correct horse']],
    ['db: { rootPassword: hunter2-x, user: postgres }', ['hunter2-x']],
    ['api-key: abcdef', ['abcdef']],
    ['secrets: { A: first-one, B: [second-one] }', ['first-one', 'second-one']],
    ['pin: { password: 12345678 }', ['12345678']],
    ['env: [{ name: SMTP_PASSWORD, value: swordfish }, { name: LOG_LEVEL, value: verbose }]', ['swordfish']],
    ['url: postgres://ada:s%40fe-word@db/shop', ['postgres://ada:s%40fe-word@db/shop', 's%40fe-word', 's@fe-word']],
    ['whatever: hL9cQ2xT7bVw0sKd3RzY', ['hL9cQ2xT7bVw0sKd3RzY']],
    ['tls: { key: "-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----" }', ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----']],
  ])('%s', (yaml, secrets) => expect(hidden(yaml)).toEqual(secrets))

  it.each([
    'password: short', 'existingSecret: database-credentials', 'auth: { secretName: database-credentials, username: postgres, database: shop-production }', 'imagePullSecrets: [{ name: registry-login }]',
    'tls: { secretName: shop-certificate }', 'host: shop.example.com', 'image: { tag: v1.4.2, repository: ghcr.io/acme/shop }', `sha: ${'0123456789abcdef'.repeat(4)}`, `commit: ${'a1'.repeat(20)}`,
    'url: https://shop.example.com:8443/path', 'name: a-rather-long-name-of-a-thing-2', 'className: TheLongNameOfAClassInJava', 'credentials: { type: basic-auth-v1, secretPath: /var/lib/credentials }', 'passwordFile: /run/secrets/password', 'tokenTtl: 3600000',
    'zone: Europe/Amsterdam-North-Holland', 'date: 2024-01-31T10:00:00Z',
  ])('and not %s', (yaml) => expect(hidden(yaml)).toEqual([]))
})

describe('of a kubeconfig is hidden', () => {
  const head = 'apiVersion: v1\nkind: Config\nclusters: []\n'
  it.each<[string, string, readonly string[]]>([
    ['a token', `${head}users:\n- name: a\n  user:\n    token: abc.def-ghi # of today\n`, ['abc.def-ghi']],
    ['what is in quotes', `${head}users:\n- name: a\n  user: { password: "p, w}", token: 'x y' }\n`, ['p, w}', 'x y']],
    ['keys and certificates', `${head}    certificate-authority-data: Q0E=\n    client-certificate-data: Q0M=\n    client-key-data: S0VZ\n`, ['Q0E=', 'Q0M=', 'S0VZ']],
    ['what is folded', `${head}users:\n- user:\n    client-key-data: >-\n      QUJD\n      REVG\n    username: ada\n`, ['QUJD', 'REVG']],
    ['in JSON', '{"kind":"Config","clusters":[{"name":"a","cluster":{"server":"https://x","certificate-authority-data":"Q0E="}}],"users":[{"name":"token","user":{"token":"t0k3n"}}]}', ['Q0E=', 't0k3n']],
    ['of an identity provider', `${head}users:\n- user:\n    auth-provider: { config: { id-token: one, refresh-token: two, client-secret: three, client-id: me } }\n`, ['one', 'two', 'three']],
    ['nothing of one without', `${head}users: []\n`, []],
    ['all that is none', 'something else', ['something else']],
    ['nothing of nothing', '', []],
  ])('%s', (_, text, secrets) => expect(kubeconfigSecrets(text)).toEqual(secrets))
})
