import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GitHubServer } from '../../../../rig/github/server.mjs'
import type { RunOf } from './run'

export const tag = 'v1.1.0'

/** A clone of the shop with a tag that is not pushed yet, and files for its release. */
export class Place implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'publishing-'))
  readonly #server: GitHubServer & { readonly commit: string }
  readonly files: readonly string[]

  constructor(server: GitHubServer & { readonly commit: string }) {
    this.#server = server
    this.files = ['shop.tar.gz', 'shop notes.txt'].map((name) => {
      writeFileSync(join(this.#folder, name), `all of ${name}\n`.repeat(100))
      return join(this.#folder, name)
    })
  }

  /** Not in one go: the server that is cloned from is in this process. */
  static async at(server: GitHubServer & { readonly commit: string }): Promise<Place> {
    const place = new Place(server)
    const git = promisify(execFile)
    const clone = join(place.#folder, 'clone')
    await git('git', ['clone', '--quiet', server.gitUrl.replace('//', '//x-access-token:all@'), clone])
    await git('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'tag', '-a', tag, '-m', tag, server.commit], { cwd: clone })
    return place
  }

  run(attempt: string): RunOf {
    const { commit, apiUrl } = this.#server
    return {
      apiUrl, clone: join(this.#folder, 'clone'),
      release: { tag, commit, name: `Shop ${tag}`, notes: '## What is new\n\n* All of it', prerelease: false, files: this.files, filesDue: false },
      deployment: {
        run: '4711', attempt, app: 'shop', place: 'eu', commit, environment: 'production', version: tag, transient: false, production: null,
        logUrl: 'https://github.com/ada/shop/actions/runs/4711',
      },
    }
  }

  /** What is published, for a test to compare: releases, their files by what is in them, the tag's commit. */
  published(): unknown {
    const { state, repository } = this.#server
    return {
      commit: repository.commitOf(`refs/tags/${tag}`), latest: state.releases.find(({ id }) => id === state.latest)?.tag_name,
      releases: state.releases.map(({ tag_name, draft, body, assets }) => ({
        tag_name, draft, notes: body?.includes('All of it'), assets: assets.map(({ name, state: is, bytes }) => `${name} ${is} ${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`).sort(),
      })),
    }
  }

  /** As if nobody had ever tagged it. */
  forgetTag(): void {
    const { repository } = this.#server
    repository.git('update-ref', '-d', `refs/tags/${tag}`)
    writeFileSync(join(repository.path, 'immutable'), '')
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
