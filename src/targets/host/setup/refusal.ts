import { Failure } from '../../../errors'
import type { Evidence } from '../../../errors'
import type { SetupRefusal } from './answer'

/** What to do about what setup.sh refused, by its code. */
const cures: Readonly<Record<string, (refusal: SetupRefusal) => string>> = {
  'user-taken': ({ item }) =>
    `Give the app another name (app: in slipway.yml), or remove that user if nobody needs it: sudo userdel ${item.split(' ')[1]}`,
  'app-taken': () =>
    'Give this app another name (app: in slipway.yml). If it is the same app and its repository was renamed, remove its file in '
    + '/var/lib/slipway/apps on the host and run this again.',
  'folder-taken': () => 'Give the app another name (app: in slipway.yml), or move that folder away.',
  'half-removed': ({ detail }) => `Finish it on the host (sudo slipway remove ${/^\S+/.exec(detail)?.[0] ?? 'APP'}), then run this again.`,
  'data-kept': ({ detail }) =>
    'Give this app another name (app: in slipway.yml). If it is the same app and its repository was renamed, remove its file in '
    + '/var/lib/slipway/removed on the host; if those data are not needed: '
    + `sudo slipway remove ${/^\/opt\/(\S+)/.exec(detail)?.[1] ?? 'APP'} --with-data. Then run this again.`,
  'not-a-file': () => 'Move it away on the host (sudo mv), then run this again.',
  'not-a-folder': () =>
    'Move it away on the host (sudo mv), then run this again. To have the folder on another disk, mount that there instead: '
    + 'sudo mount --bind, and a line in /etc/fstab.',
  'apt-locked': () => 'Wait until it is done (sudo systemctl status apt-daily-upgrade shows the usual one), then run this again.',
  'apt-failed': () => 'See what apt-get says below; the host needs its package sources, by network or mirror. Then run this again.',
  'setup-busy': () => 'Wait until the other run has ended, then run this again.',
  'tool-does-not-run': () => 'See what it says. The host needs the C library of a full Debian or Ubuntu (libc6, libstdc++6).',
  'nginx-broken': () => 'Correct the named file until sudo nginx -t passes, then run this again.',
  'front-refused': () =>
    'Correct the file and line that nginx names below, until sudo nginx -t passes with Slipway\'s file too; then run this again.',
  'front-not-listening': () =>
    'Restart nginx once, at a moment when a second without its sites does no harm (sudo systemctl restart nginx); then run this again.',
  'front-before-default': ({ detail }) =>
    `Say so in the listen line of the server at ${/^\S+/.exec(detail)?.[0] ?? 'that line'}, e.g. listen 80 default_server; try sudo nginx -t, `
    + 'reload nginx, then run this again.',
  'engine-too-old': () =>
    'Upgrade it: sudo apt-get update, then sudo apt-get install --only-upgrade docker.io (or docker-ce, if that is what is there); containers '
    + 'stop for that, unless live-restore is on. Then run this again.',
  'engine-rootless': () =>
    "Slipway's program is root's and asks root's Engine. Install one beside it, which does not touch that one: sudo apt-get install docker.io; "
    + 'then run this again.',
  'engine-mute': () => 'See why: sudo journalctl -u docker -n 50, and sudo docker version; then run this again.',
  'engine-not-docker': () => 'Slipway needs Docker\'s Engine: sudo apt-get remove podman-docker, then run this again, and it installs docker.io.',
  'engine-not-starting': ({ detail }) => notStarting(detail),
  'settings-refused': () => 'See what docker says below, and which of its options stand elsewhere, too: systemctl cat docker; then run this again.',
  'daemon-json-invalid': ({ detail }) => `Correct it there (sudo editor ${/^[^\s,:]+/.exec(detail)?.[0] ?? '/etc/docker/daemon.json'}); then run this again.`,
  'compose-too-old': () =>
    'Upgrade it as it came: sudo apt-get install --only-upgrade docker-compose-plugin or docker-compose-v2; or remove it (sudo docker info lists '
    + 'its path under Plugins), and this brings one. Then run this again.',
  'ssh-port-unknown': () => 'Run sudo sshd -T on the host: it should print a line listenaddress.',
  'not-roots': () => 'Type what it says on the host, then run this again.',
  'repository-taken': () => 'Move it away on the host (sudo mv), or give it to who connects (sudo chown -R), then run this again.',
  'hook-taken': () => 'Move that hook away: what it does, a deployment does now. Then run this again.',
  'command-taken': () => 'Move it away on the host (sudo mv), then run this again.',
  'firewall-foreign': () =>
    'Either open SSH\'s port, 80 and 443 there, and leave firewall: false; or end it on the host and let ufw do its work '
    + '(sudo systemctl disable --now firewalld nftables; sudo ufw delete RULE; for single rules see sudo iptables -S INPUT), then run '
    + 'this again.',
  'firewall-undone': () => 'Run this again.',
}

/** What most often keeps an Engine from starting. */
function notStarting(said: string): string {
  const then = 'Then sudo systemctl restart docker, and run this again.'
  if (/iptables/i.test(said)) return `It finds no iptables that works: sudo apt-get install --reinstall iptables, and see sudo iptables -S. ${then}`
  if (/cgroup/i.test(said)) return `The kernel's control groups are not mounted as it needs them: see mount -t cgroup,cgroup2. ${then}`
  if (/daemon\.json|configur/i.test(said)) return `Correct /etc/docker/daemon.json, or the options in systemctl cat docker. ${then}`
  return `See sudo journalctl -u docker -n 50 and correct what it names. ${then}`
}

export function refusalFailure(refusal: SetupRefusal, evidence: readonly Evidence[]): Failure {
  const cure = cures[refusal.code]?.(refusal) ?? 'See what the host says below; then run this again: what is done stays done.'
  const detail = refusal.detail.replace(/[.:\s]+$/, '')
  return new Failure({ code: refusal.code, what: `${refusal.item}: ${detail}.`, cure, evidence })
}

/** The command did not even begin as root. */
export function noRoot(user: string, said: string): Failure {
  return new Failure({
    code: 'no-root',
    what: `${user} may not become root on this host: ${said || 'sudo gave no reason'}.`,
    why: 'Preparing a host installs packages, users and units.',
    cure: /sudo:.*not found/.test(said)
      ? 'Either connect as root (hosts: root@…), or as root: apt-get install sudo; then give the user the right to use it: '
        + `echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/90-${user.replaceAll('.', '_')}`
      : `Either connect as root (hosts: root@…), or as root write the line "${user} ALL=(ALL) NOPASSWD: ALL" to `
      + `/etc/sudoers.d/90-${user.replaceAll('.', '_')}; it may go again once the host is set up.`,
  })
}

export function setupCut(said: string, evidence: readonly Evidence[]): Failure {
  return new Failure({
    code: 'setup-cut',
    what: `The setup did not come to its end${said === '' ? '' : `: ${said}`}.`,
    why: 'What was begun on the host goes on there by itself.',
    cure: 'Run this again: it goes on from what is there.',
    evidence,
  })
}

export function lockedOut(delay: number, back: boolean, cause: unknown): Failure {
  return new Failure({
    code: 'firewall-locked-out',
    what: 'With the firewall on, no new SSH connection got through.',
    why: back
      ? 'It was put back as it was, and the host can be reached as before.'
      : `The host puts it back as it was by itself, within ${delay} s of switching it on.`,
    cure: 'On the host, sudo ufw show added lists the rules: one of those shuts out this runner. Remove it (sudo ufw delete RULE), '
      + 'then run this again; or set firewall: false.',
    cause,
  })
}
