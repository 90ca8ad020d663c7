// Releases and their assets: drafts that only some see, names that are mangled, uploads that stay half, releases that are locked.
import { createHash } from 'node:crypto'
import { example, invalid, notFound, now, paged, Refusal, without } from './answers.mjs'

/** How GitHub renames assets, as far as it is known. */
export const mangled = (name) => name.replace(/[^A-Za-z0-9._+@-]+/g, '.').replace(/\.{2,}/g, '.').replace(/^\./, 'default.').replace(/\.$/, '')

const locked = (message) => new Refusal(422, message, [{ resource: 'Release', code: 'custom', message }])

export const releaseHandlers = {
  'repos/list-releases'(context) {
    const { state, mayWrite } = context
    const shown = state.releases.filter((release) => (mayWrite || !release.draft) && release.unseen === 0)
    for (const release of state.releases) release.unseen = Math.max(0, release.unseen - 1)
    const { items, headers } = paged(shown.toSorted((a, b) => b.created_at.localeCompare(a.created_at) || b.id - a.id), context)
    return { status: 200, body: items.map((release) => shape(context, release)), headers }
  },

  'repos/create-release'(context) {
    const { state, body } = context
    const release = {
      id: state.nextId++, tag_name: body.tag_name, target_commitish: body.target_commitish ?? 'main', name: body.name ?? null, body: body.body ?? null,
      draft: true, prerelease: body.prerelease ?? false, immutable: false, created_at: now(), published_at: null, assets: [], unseen: state.lag,
    }
    if (body.draft !== true) publish(context, release)
    state.releases.push(release)
    return { status: 201, body: shape(context, release) }
  },

  'repos/get-release': (context) => ({ status: 200, body: shape(context, seen(context)) }),

  'repos/get-release-by-tag'(context) {
    const found = context.state.releases.find((release) => !release.draft && release.tag_name === context.path.tag)
    if (found === undefined) throw notFound()
    return { status: 200, body: shape(context, found) }
  },

  'repos/get-latest-release'(context) {
    const found = context.state.releases.find((release) => release.id === context.state.latest)
    if (found === undefined) throw notFound()
    return { status: 200, body: shape(context, found) }
  },

  'repos/update-release'(context) {
    const release = seen(context)
    const { tag_name, target_commitish, name, body, draft, prerelease } = context.body
    if (release.immutable && ((tag_name ?? release.tag_name) !== release.tag_name || draft === true)) throw locked('Cannot change an immutable release')
    const changed = { ...release, ...defined({ tag_name, target_commitish, name, body, prerelease }) }
    if (release.draft && draft === false) publish(context, changed)
    else if (draft === true) changed.draft = true
    Object.assign(release, changed)
    return { status: 200, body: shape(context, release) }
  },

  'repos/delete-release'(context) {
    const release = seen(context)
    context.state.releases = context.state.releases.filter((one) => one !== release)
    return { status: 204, body: null }
  },

  'repos/list-release-assets'(context) {
    const { items, headers } = paged(seen(context).assets, context)
    return { status: 200, body: items.map((asset) => shapeOfAsset(context, asset)), headers }
  },

  'repos/get-release-asset': (context) => ({ status: 200, body: shapeOfAsset(context, owned(context).asset) }),

  'repos/upload-release-asset'(context) {
    const { state, query, bytes, half, headers } = context
    const release = seen(context)
    if (release.immutable) throw locked('Cannot upload assets to an immutable release.')
    const name = mangled(query.name)
    if (release.assets.some((asset) => asset.name === name)) throw invalid({ resource: 'ReleaseAsset', code: 'already_exists', field: 'name' })
    const asset = {
      id: state.nextId++, release: release.id, name, label: query.label ?? '', content_type: headers['content-type'], state: half ? 'starter' : 'uploaded',
      bytes: half ? Buffer.alloc(0) : bytes, created_at: now(),
    }
    release.assets.push(asset)
    return { status: 201, body: shapeOfAsset(context, asset) }
  },

  'repos/delete-release-asset'(context) {
    const { release, asset } = owned(context)
    if (release.immutable) throw locked('Cannot delete assets of an immutable release.')
    release.assets = release.assets.filter((one) => one !== asset)
    return { status: 204, body: null }
  },
}

function publish({ state, repository, body }, release) {
  const { tag_name: tag } = release
  if (state.burned.has(tag)) throw invalid({ resource: 'Release', code: 'custom', field: 'tag_name', message: 'tag_name was used by an immutable release' })
  if (state.releases.some((one) => one.id !== release.id && !one.draft && one.tag_name === tag)) {
    throw invalid({ resource: 'Release', code: 'already_exists', field: 'tag_name' })
  }
  if (repository.refOf(`refs/tags/${tag}`) === null) {
    const commit = repository.commitOf(release.target_commitish)
    if (commit === null) throw invalid({ resource: 'Release', code: 'invalid', field: 'target_commitish' })
    repository.git('update-ref', `refs/tags/${tag}`, commit)
  }
  Object.assign(release, { draft: false, published_at: now() })
  if (!release.prerelease && body.make_latest !== 'false') state.latest = release.id
  if (state.immutableReleases) {
    release.immutable = true
    state.burned.add(tag)
    repository.lock(tag)
  }
}

function seen({ state, path, mayWrite }) {
  const found = state.releases.find((release) => release.id === Number(path.release_id))
  if (found === undefined || (found.draft && !mayWrite)) throw notFound()
  return found
}

function owned({ state, path }) {
  for (const release of state.releases) {
    const asset = release.assets.find((one) => one.id === Number(path.asset_id))
    if (asset !== undefined) return { release, asset }
  }
  throw notFound()
}

function shape(context, release) {
  const { api, html, uploads } = context
  return {
    ...example(context, 'release'), ...without(release, 'unseen'), assets: release.assets.map((asset) => shapeOfAsset(context, asset)), updated_at: release.created_at,
    url: `${api}/releases/${release.id}`, assets_url: `${api}/releases/${release.id}/assets`,
    upload_url: `${uploads}/releases/${release.id}/assets{?name,label}`,
    html_url: `${html}/releases/tag/${release.draft ? `untagged-${release.id}` : release.tag_name}`,
    tarball_url: release.draft ? null : `${api}/tarball/${release.tag_name}`, zipball_url: release.draft ? null : `${api}/zipball/${release.tag_name}`,
    discussion_url: undefined,
  }
}

function shapeOfAsset(context, { bytes, release, ...asset }) {
  const { api, html, state } = context
  const tag = state.releases.find(({ id }) => id === release)?.tag_name
  return {
    ...example(context, 'release-asset'), ...asset, size: bytes.length, updated_at: asset.created_at, url: `${api}/releases/assets/${asset.id}`,
    browser_download_url: `${html}/releases/download/${tag}/${asset.name}`,
    // Servers for enterprises, and assets of before 2025, have none.
    digest: state.digests && asset.state === 'uploaded' ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : null,
  }
}

function defined(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
