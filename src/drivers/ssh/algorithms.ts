import type { Algorithms } from 'ssh2'

/**
 * What is offered, in order of preference. P-256 connects 2 to 3 ms sooner than X25519 with this library (loopback, medians of
 * 25). The cipher makes no difference to that; AES-GCM comes first because Node's OpenSSL does it, and ChaCha20 last because the
 * library does it in JavaScript. No SHA-1, no CBC, no DSA. No compression: what travels is packed.
 */
export function offeredAlgorithms(serverHostKey: readonly string[]): Algorithms {
  return {
    kex: [
      'ecdh-sha2-nistp256', 'curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521',
      'diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha256', 'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
    ],
    cipher: [
      'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr',
      'chacha20-poly1305@openssh.com',
    ],
    hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
    compress: ['none'],
    serverHostKey: [...serverHostKey],
  } as Algorithms
}
