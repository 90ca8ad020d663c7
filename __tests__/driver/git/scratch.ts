import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** A folder for the real repositories of one test file. */
export class Scratch {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-git-')))
  #count = 0

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  folder(): string {
    const folder = join(this.root, String(++this.#count))
    mkdirSync(folder)
    return folder
  }

  repository(): Repository {
    const repository = new Repository(this.folder())
    repository.git('init', '-q', '-b', 'main')
    return repository
  }

  /** A clone as actions/checkout makes it: `--depth 1` unless told otherwise. */
  clone(from: Repository, ...args: string[]): Repository {
    const folder = this.folder()
    new Repository(this.root).git('clone', '-q', ...args, `file://${from.folder}`, folder)
    return new Repository(folder)
  }

  /** Puts a `git` before the real one that does as the script says, `$REAL` being the real one; gives the undoing. */
  wrapGit(script: string): () => void {
    const before = process.env['PATH'] ?? ''
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
    const folder = this.folder()
    writeFileSync(join(folder, 'git'), `#!/bin/sh\nREAL='${real}'\n${script}\n`)
    chmodSync(join(folder, 'git'), 0o755)
    process.env['PATH'] = folder + delimiter + before
    return () => {
      process.env['PATH'] = before
    }
  }
}

export class Repository {
  readonly folder: string
  #seconds = 1_795_185_055

  constructor(folder: string) {
    this.folder = folder
  }

  git(...args: string[]): string {
    const date = `${this.#seconds} +0200`
    return execFileSync('git', ['-c', 'protocol.file.allow=always', '-c', 'uploadpack.allowFilter=true', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '', HOME: this.folder, GIT_CONFIG_NOSYSTEM: '1',
        GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date,
        GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.com',
      },
    }).trim()
  }

  write(files: Record<string, string | Buffer>): this {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.folder, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
    }
    return this
  }

  executable(path: string): this {
    chmodSync(join(this.folder, path), 0o755)
    return this
  }

  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    symlinkSync(target, join(this.folder, path))
    return this
  }

  /** Commits all that was written, a second after the commit before; gives its 40 hex. */
  commit(files: Record<string, string | Buffer> = {}): string {
    this.write(files)
    this.#seconds++
    this.git('add', '-A')
    this.git('commit', '-q', '--allow-empty', '-m', 'x')
    return this.git('rev-parse', 'HEAD')
  }

  tag(name: string, ...args: string[]): this {
    this.git('tag', ...args, name)
    return this
  }
}

export const unknownCommit = '0123456789012345678901234567890123456789'
