// Ends with 0 when the catalog answers.
fetch('http://127.0.0.1:3000/').then(({ ok }) => { process.exitCode = ok ? 0 : 1 }, () => { process.exitCode = 1 })
