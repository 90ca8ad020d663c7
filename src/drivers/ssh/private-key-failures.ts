import { Failure } from '../../errors'

const STORE = 'Store the file itself, not copied text: gh secret set SSH_KEY < ~/.ssh/id_ed25519'

export function missing(input: string): Failure {
  return new Failure({
    code: 'ssh-key-missing',
    what: `'${input}' is empty.`,
    why: 'The secret may not exist under this name, or not be given to this run (forks and Dependabot get none).',
    cure: `${STORE} and hand it over with: ${input}: \${{ secrets.SSH_KEY }}`,
  })
}

export function publicKey(input: string): Failure {
  return new Failure({
    code: 'ssh-key-public',
    what: `'${input}' holds a public key; the private one is needed.`,
    why: 'The public key is the file that ends in .pub; the private one lies beside it, without that ending.',
    cure: STORE,
  })
}

export function putty(input: string): Failure {
  return new Failure({
    code: 'ssh-key-putty',
    what: `'${input}' holds a PuTTY key (.ppk), which only PuTTY reads.`,
    cure: 'Convert it: puttygen key.ppk -O private-openssh -o id_deploy (in PuTTYgen: Conversions, Export OpenSSH key), '
      + 'then: gh secret set SSH_KEY < id_deploy',
  })
}

export function path(input: string): Failure {
  return new Failure({
    code: 'ssh-key-path',
    what: `'${input}' holds the path of a file; the key itself is needed.`,
    cure: STORE,
  })
}

/** `label` is what the envelope calls itself; other text is never shown: it may be a secret. */
export function notAKey(input: string, label?: string): Failure {
  return new Failure({
    code: 'ssh-key-unreadable',
    what: label === undefined
      ? `'${input}' is not a private key: the line '-----BEGIN … PRIVATE KEY-----' is missing.`
      : `'${input}' is not a private key: it says '${label}'.`,
    cure: STORE,
  })
}

export function truncated(input: string): Failure {
  return new Failure({
    code: 'ssh-key-truncated',
    what: `The private key in '${input}' is cut off: its end is missing.`,
    cure: STORE,
  })
}

export function damaged(input: string): Failure {
  return new Failure({
    code: 'ssh-key-damaged',
    what: `The private key in '${input}' is damaged.`,
    why: 'Characters were lost or changed in copying, more than lost line breaks, which would have been put right.',
    cure: STORE,
  })
}

export function unsupportedType(type: string, input: string): Failure {
  const security = type.startsWith('sk-')
  const dsa = type === 'DSA' || type === 'ssh-dss'
  return new Failure({
    code: 'ssh-key-type',
    what: `The private key in '${input}' is of a type that cannot be used: ${dsa ? 'DSA' : type}.`,
    why: security ? 'A key in a security token needs a person to touch it.'
      : dsa ? 'DSA is broken, and OpenSSH has removed it.' : '',
    cure: "Make one for deployments: ssh-keygen -t ed25519 -N '' -f deploy_key, append deploy_key.pub to ~/.ssh/authorized_keys "
      + 'on the host, then: gh secret set SSH_KEY < deploy_key',
  })
}

export function passphraseMissing(input: string): Failure {
  return new Failure({
    code: 'ssh-key-passphrase-missing',
    what: `The private key in '${input}' is encrypted, and no passphrase was given.`,
    cure: 'Type: gh secret set SSH_KEY_PASSPHRASE and hand it over with: '
      + `ssh-key-passphrase: \${{ secrets.SSH_KEY_PASSPHRASE }}`,
  })
}

export function passphraseWrong(input: string): Failure {
  return new Failure({
    code: 'ssh-key-passphrase-wrong',
    what: `The passphrase in 'ssh-key-passphrase' does not open the private key in '${input}'.`,
    why: 'It belongs to another key, or has a space or a line break too many.',
    cure: 'Try it: ssh-keygen -y -f ~/.ssh/id_ed25519 then store the one that works: gh secret set SSH_KEY_PASSPHRASE',
  })
}
