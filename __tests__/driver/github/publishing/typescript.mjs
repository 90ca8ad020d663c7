// Node 24 takes types off by itself; what is left out of paths, as bundlers allow it, is added here.
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || !context.parentURL?.endsWith('.ts') || /\.(ts|[cm]?js|json)$/.test(specifier)) return next(specifier, context)
    try {
      return next(`${specifier}.ts`, context)
    } catch {
      return next(`${specifier}/index.ts`, context)
    }
  },
})
