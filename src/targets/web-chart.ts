import { join } from 'node:path'

/**
 * The folder of the chart for apps that have none. Absolute. The same expression holds for the sources (`src/targets`) and for the bundle
 * (`dist/bundle`): both lie two folders deep in what `uses:` brings.
 */
export function webChart(): string {
  return join(import.meta.dirname, '..', '..', 'charts', 'web')
}
