import { join } from 'node:path'

/**
 * The folder with what runs on hosts: `program/` and `setup/`. Absolute. The same expression holds for the sources
 * (`src/targets/host`) and for the bundle (`dist/bundle`, beside `dist/host`).
 */
export function hostAssets(): string {
  return join(import.meta.dirname, '..', 'host')
}
