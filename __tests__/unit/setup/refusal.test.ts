import { refusalFailure } from '../../../src/targets/host/setup/refusal'

const cured = (code: string, detail: string): string => refusalFailure({ code, item: 'app name', detail }, []).cure

describe('what setup refuses', () => {
  it('is cured by what can be typed as it stands', () => {
    expect(cured('half-removed', 'shop was being removed from this host, and that was cut short')).toContain('(sudo slipway remove shop)')
    expect(cured('data-kept', '/opt/shop keeps what an app shop of the repository ada/shop left here when it was removed; this is eve/shop'))
      .toContain('sudo slipway remove shop --with-data.')
  })
})
