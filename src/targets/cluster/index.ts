export { ClusterTarget, type ClusterOptions } from './target'
export { helmFailure } from './helm-failures'
export type { ChartContent } from './content'
export { webValues, type WebValues } from './web-values'
