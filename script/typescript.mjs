// Node takes types out by itself. What it lacks to run our sources is the way to them: imports here name no extension.
import { existsSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

const candidates = ['.ts', '/index.ts', '.mjs', '']

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || context.parentURL?.includes('/node_modules/')) return next(specifier, context)
    for (const end of candidates) {
      const url = new URL(specifier + end, context.parentURL)
      if (!existsSync(fileURLToPath(url)) || !statSync(fileURLToPath(url)).isFile()) continue
      if (url.href.endsWith('.ts')) return { url: url.href, format: 'module-typescript', shortCircuit: true }
      if (url.href.endsWith('.json')) return { url: url.href, format: 'json', importAttributes: { type: 'json' }, shortCircuit: true }
    }
    return next(specifier, context)
  },
})
