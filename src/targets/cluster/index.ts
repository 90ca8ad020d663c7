export { ClusterTarget, type ClusterOptions } from './target'
export type { ChartContent } from './content'
export { webValues, type WebValues } from './web-values'
