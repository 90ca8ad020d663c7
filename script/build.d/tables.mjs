// Puts the tables of inputs and outputs between their markers in a README.

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function inputsTable(inputs) {
  const rows = inputs.map(({ name, description, required, fallback }) => {
    const given = required ? '**required**' : fallback === undefined ? '' : `\`${fallback}\``
    return `| \`${name}\` | ${cell(description)} | ${cell(given)} |`
  })
  return ['| Input | What it says | Default |', '|---|---|---|', ...rows].join('\n')
}

function outputsTable(outputs) {
  const rows = outputs.map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`)
  return ['| Output | What it says |', '|---|---|', ...rows].join('\n')
}

/** The README with fresh tables; one without markers stays as it is. */
export function withTables(readme, { inputs, outputs }) {
  const fill = (text, marker, table) =>
    text.replace(
      new RegExp(`(<!-- ${marker} -->)[\\s\\S]*?(<!-- /${marker} -->)`),
      (_, begin, end) => `${begin}\n${table}\n${end}`,
    )
  return fill(fill(readme, 'inputs', inputsTable(inputs)), 'outputs', outputsTable(outputs))
}
