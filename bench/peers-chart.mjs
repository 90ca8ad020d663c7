// Draws what bench/peers.mjs has measured. Its colours follow what the reader's screen is set to.

const [width, label, figures, row, bar] = [860, 190, 150, 40, 13]
const kinds = { deploy: 'a one-line change', rollback: 'and back' }

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px } .small { font-size: 11px; fill: #59636e }
  .deploy { fill: #0969da } .rollback { fill: #8250df } line { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 } .deploy { fill: #4493f8 } .rollback { fill: #ab7df8 } line { stroke: #3d444d }
  }`

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
const text = (x, y, content, more = '') => `<text x="${x}" y="${y}"${more}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`

/** Those of one round-trip time: the bars of each, and how many requests failed meanwhile. */
function panel({ roundTrip, by }, top, longest) {
  const scale = (width - label - figures) / longest
  const drawn = Object.entries(by).flatMap(([name, measured], index) => {
    const y = top + 36 + index * row
    return [text(label - 10, y + bar + 4, name, ' text-anchor="end"'), ...Object.keys(kinds).flatMap((kind, place) => {
      const { served, failed, runs } = measured[kind]
      const at = y + place * (bar + 2)
      const told = failed === 0 ? 'no request failed' : `${Math.round(failed / runs)} requests failed`
      return [
        `<rect class="${kind}" x="${label}" y="${at}" width="${(served * scale).toFixed(1)}" height="${bar}" rx="2"/>`,
        text((label + served * scale + 6).toFixed(1), at + bar - 2, `${seconds(served)} · ${told}`, ' class="small"'),
      ]
    })]
  })
  const title = roundTrip === 0 ? 'From the same machine' : `At a round-trip time of ${roundTrip} ms`
  return [text(0, top + 16, title, ' class="title"'), `<line x1="${label}" y1="${top + 28}" x2="${label}" y2="${top + 36 + Object.keys(by).length * row}"/>`, ...drawn]
}

/** An SVG of the results. */
export function chart({ results, rate }) {
  const each = 60 + Object.keys(results[0].by).length * row
  const longest = Math.max(...results.flatMap(({ by }) => Object.values(by).flatMap((one) => Object.keys(kinds).map((kind) => one[kind].served))))
  const legend = Object.entries(kinds).flatMap(([kind, told], index) => [
    `<rect class="${kind}" x="${label + index * 180}" y="6" width="${bar}" height="${bar}" rx="2"/>`, text(label + 20 + index * 180, bar + 5, told),
  ])
  const height = 36 + results.length * each
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Seconds until nothing but the new version is served, and requests that failed meanwhile, at ${rate} a second</title>
<style>${style}
</style>
${[...legend, ...results.flatMap((result, index) => panel(result, 36 + index * each, longest))].join('\n')}
</svg>
`
}
