import { Failure } from '../errors'
import type { ImageName } from '../drivers/registry'

export function cancelled(): Failure {
  return new Failure({
    code: 'cancelled', what: 'The job was cancelled.', why: 'What was built so far is in the builder\'s cache; a tag is moved whole or not at all.',
    cure: 'Run it again.',
  })
}

export function vanished({ text, registry }: ImageName, digest: string): Failure {
  return new Failure({
    code: 'image-vanished', what: `${text}@${digest} was pushed, and ${registry} does not find it.`, why: 'No tag was moved.',
    cure: 'Run the job again; if it goes on, look for what deletes images without tags there.',
  })
}
