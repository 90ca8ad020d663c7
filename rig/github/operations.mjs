// What the server can be asked, by the names that GitHub's description has for it, and what `permissions:` a job needs for each.
export const operations = {
  'repos/get': 'metadata: read',
  'repos/list-releases': 'contents: read',
  'repos/create-release': 'contents: write',
  'repos/get-release': 'contents: read',
  'repos/get-release-by-tag': 'contents: read',
  'repos/get-latest-release': 'contents: read',
  'repos/update-release': 'contents: write',
  'repos/delete-release': 'contents: write',
  'repos/list-release-assets': 'contents: read',
  'repos/get-release-asset': 'contents: read',
  'repos/upload-release-asset': 'contents: write',
  'repos/delete-release-asset': 'contents: write',
  'repos/list-deployments': 'deployments: read',
  'repos/create-deployment': 'deployments: write',
  'repos/get-deployment': 'deployments: read',
  'repos/list-deployment-statuses': 'deployments: read',
  'repos/create-deployment-status': 'deployments: write',
  'git/get-ref': 'contents: read',
  'git/list-matching-refs': 'contents: read',
  'git/get-tag': 'contents: read',
  'repos/compare-commits-with-basehead': 'contents: read',
  'checks/list-for-ref': 'checks: read',
  'repos/get-combined-status-for-ref': 'statuses: read',
}

/** Does what a token has (`{ contents: 'write' }`) hold what is needed (`contents: read`)? Everybody may read metadata. */
export function holds(permissions, needed) {
  const [name, level] = needed.split(': ')
  if (name === 'metadata') return true
  return permissions[name] === 'write' || permissions[name] === level
}
