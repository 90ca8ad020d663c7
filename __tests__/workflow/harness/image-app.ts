import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../../host/harness/command'
import { makeRepository, type Repository } from '../../host/harness/repository'

// From nothing but a shell and its web server, so that no other image is needed.
const dockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY www /www
USER 1000
ENV PORT=8000
EXPOSE 8000
CMD ["/bin/sh", "-c", "exec httpd -f -p $PORT -h /www"]
`

/** An app that is built to an image and answers with its version, in a repository as the workflows of `ada/shop` have it. */
export class ImageApp implements Disposable {
  readonly repository: Repository

  private constructor(repository: Repository) {
    this.repository = repository
  }

  static async make(files: Readonly<Record<string, string>>): Promise<ImageApp> {
    const repository = await makeRepository(undefined, { files: { Dockerfile: dockerfile, ...files } })
    copyFileSync(await must(join(root, 'rig', 'image', 'busybox'), []), join(repository.path, 'busybox'))
    chmodSync(join(repository.path, 'busybox'), 0o755)
    return new ImageApp(repository)
  }

  /** Commits a release and tags it; resolves with the ref that is pushed. */
  async release(version: string): Promise<string> {
    await this.change(version)
    await this.repository.git('tag', `v${version}`)
    return `refs/tags/v${version}`
  }

  /** Commits without a tag. */
  async change(version: string): Promise<string> {
    this.repository.write({ 'www/index.html': JSON.stringify({ version }) })
    return this.repository.commit(version)
  }

  [Symbol.dispose](): void {
    this.repository.remove()
  }
}
