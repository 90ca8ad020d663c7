import { lineage, type Process } from '../../../src/actions/git-push/orphaned'

const table = (processes: Record<number, Process>) => (pid: number): Process | null => processes[pid] ?? null

describe('the line up to the session', () => {
  it('ends below sshd, which may be restarted', () => {
    const look = table({
      9: { parent: 8, name: 'git-receive-pac' }, 8: { parent: 7, name: 'bash' }, 7: { parent: 6, name: 'sshd' }, 6: { parent: 1, name: 'sshd' },
    })
    expect(lineage(9, look)).toEqual([{ pid: 9, parent: 8 }, { pid: 8, parent: 7 }])
  })

  it('knows the newer name of sshd', () => {
    const look = table({ 9: { parent: 7, name: 'git-receive-pac' }, 7: { parent: 1, name: 'sshd-session' } })
    expect(lineage(9, look)).toEqual([{ pid: 9, parent: 7 }])
  })

  it('goes up to the top where there is no session, and round nothing', () => {
    expect(lineage(9, table({ 9: { parent: 1, name: 'git' } }))).toEqual([{ pid: 9, parent: 1 }])
    expect(lineage(0, table({}))).toEqual([])
    expect(lineage(9, table({ 9: { parent: 9, name: 'git' } })).length).toBeLessThanOrEqual(32)
  })
})
