import { refuseVersion } from '../../../src/actions/restart'

describe('a restart', () => {
  it('is of what serves, and of no version that is named', () => {
    expect(() => refuseVersion({ operation: 'restart', version: 'v1.2.0' })).toThrow(/`version` is given \(v1\.2\.0\), and `operation` is `restart`/)
    for (const operation of ['deploy', 'rollback', 'status'] as const) refuseVersion({ operation, version: 'v1.2.0' })
    refuseVersion({ operation: 'restart', version: null })
  })
})
