export { ClusterTarget, type ClusterOptions } from './target'
export type { ChartContent } from './content'
