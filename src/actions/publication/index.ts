/** All that asks GitHub for more than which commit is newer. It is loaded as one, by the runs that ask for any of it: in pieces the client would be there twice. */
export { checksOf } from '../../drivers/github'
export { repositoryAtGitHub } from './github'
export { Publication } from './publication'
export { publish } from './publishing'
export { settleLeft } from './settling'
