import { run, type RunOf } from './run'

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as RunOf)))
