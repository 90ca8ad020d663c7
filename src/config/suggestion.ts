import { Findings } from './findings'
import { readManifest } from './manifest'
import { within, type RepositoryFiles } from './repository'

/** A `start` line that may well fit what a folder holds, for messages: never used without being written. */
export interface Suggestion {
  readonly start: string
  /** `FastAPI in requirements.txt`; null: nothing was recognised. */
  readonly seen: string | null
}

export async function suggested(folder: string, files: RepositoryFiles): Promise<Suggestion> {
  return await ofPython(folder, files) ?? await ofNode(folder, files) ?? { start: 'gunicorn main:app --bind 127.0.0.1:$PORT',
    seen: null }
}

async function ofPython(folder: string, files: RepositoryFiles): Promise<Suggestion | undefined> {
  for (const name of ['requirements.txt', 'pyproject.toml']) {
    const text = (await files.read(within(folder, name)))?.toLowerCase()
    if (text === undefined) continue
    const has = (dependency: string): boolean => new RegExp(`(^|["'\\s])${dependency}(?![a-z0-9-])`, 'm').test(text)
    const module = ['main', 'app', 'wsgi', 'asgi', 'server'].find((base) => files.exists(within(folder, `${base}.py`))) ?? 'main'
    const bound = '--bind 127.0.0.1:$PORT'
    if (has('django')) {
      const project = files.list(folder).find((child) => files.exists(within(folder, `${child}/wsgi.py`))) ?? 'project'
      return { start: `gunicorn ${project}.wsgi ${bound}`, seen: `Django in ${within(folder, name)}` }
    }
    if (has('fastapi') || has('starlette')) {
      const asgi = has('gunicorn') && has('uvicorn-worker') ? `gunicorn ${module}:app -k uvicorn_worker.UvicornWorker ${bound}`
        : has('hypercorn') ? `hypercorn ${module}:app ${bound}` : `uvicorn ${module}:app --host 127.0.0.1 --port $PORT`
      return { start: asgi, seen: `${has('fastapi') ? 'FastAPI' : 'Starlette'} in ${within(folder, name)}` }
    }
    if (has('flask')) return { start: `gunicorn ${module}:app ${bound}`, seen: `Flask in ${within(folder, name)}` }
    if (has('gunicorn')) return { start: `gunicorn ${module}:app ${bound}`, seen: `gunicorn in ${within(folder, name)}` }
    if (files.exists(within(folder,
      `${module}.py`))) return { start: `python ${module}.py`, seen: within(folder, `${module}.py`) }
  }
  return undefined
}

async function ofNode(folder: string, files: RepositoryFiles): Promise<Suggestion | undefined> {
  const manifest = await readManifest(folder, files, new Findings())
  if (manifest === null) return undefined
  if (manifest.dependencies.includes('next')) return { start: 'next start -H 127.0.0.1 -p $PORT',
    seen: `Next.js in ${manifest.file}` }
  const main = [manifest.main, 'main.js', 'server.js', 'index.js', 'app.js'].find((name) => name !== null
    && files.exists(within(folder, name)))
  const express = manifest.dependencies.includes('express')
  return { start: `node ${main ?? 'main.js'}`, seen: express ? `Express in ${manifest.file}` : manifest.file }
}
