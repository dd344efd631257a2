import type { Attachment, EvAttachment } from '~/api/generated'
import { uiValue } from '~/api/ui-state'
import { mostAttachmentBytes, mostAttachments } from '~/api/upload-bounds'
import { CallError } from '~/api/wire'
import { formatBytes, plural, sentence } from '~/lib/format'
import { isObject, listAt, textAt } from '~/lib/json'
import { createStore, type Store } from '~/lib/store'

/** A file that is on its way, or was refused. canRetry: the same file may be taken another time. onThere: it is attached. */
export type Upload = { key: number; file: File; sent: number; fault: string | undefined; canRetry: boolean; onThere: (() => void) | undefined }

const noFiles: readonly EvAttachment[] = []

function fileOf(value: unknown): EvAttachment | undefined {
  const [id, name, mediaType] = [textAt(value, 'id'), textAt(value, 'name'), textAt(value, 'mediaType')]
  const size = isObject(value) ? value['size'] : undefined
  return id !== undefined && name !== undefined && mediaType !== undefined && typeof size === 'number' ? { id, name, mediaType, size } : undefined
}

export function parseFiles(value: unknown): readonly EvAttachment[] {
  const files = listAt(value, 'files').flatMap((file) => fileOf(file) ?? [])
  return files.length > 0 ? files.slice(0, mostAttachments) : noFiles
}

/** Why a file is not even sent. */
export function refusalOf(file: Pick<File, 'size'>, count: number): string | undefined {
  if (file.size > mostAttachmentBytes) return `${formatBytes(file.size)}; at most ${formatBytes(mostAttachmentBytes)} are accepted`
  return count >= mostAttachments ? `a prompt takes at most ${mostAttachments} files` : undefined
}

/** So many are taken at a time: those that are refused can be read, too. */
const mostAdded = 2 * mostAttachments

/** Where the files of an agent's next prompt are kept. */
export const filesKey = (agentId: string) => `files/${agentId}`

function shortened({ id, name, mediaType, size }: Attachment): EvAttachment {
  return { id, name, mediaType, size }
}

let next = 1

/**
 * The files of one agent's next prompt that are on their way, one after the other. They go on while another page is shown, and are part
 * of the draft once they are there.
 */
export class Uploads {
  readonly store: Store<readonly Upload[]> = createStore<readonly Upload[]>([])
  readonly #agentId: string
  readonly #running = new Map<number, { abort: AbortController; key: string }>()
  #queue = Promise.resolve()

  constructor(agentId: string) {
    this.#agentId = agentId
  }

  get #files() {
    return parseFiles(uiValue(filesKey(this.#agentId)).get())
  }

  keep(files: readonly EvAttachment[]) {
    uiValue(filesKey(this.#agentId)).set(files.length > 0 ? { files } : undefined)
  }

  readonly add = (added: readonly File[], onThere?: () => void) => {
    for (const file of added.slice(0, mostAdded)) {
      const key = next++
      const fault = refusalOf(file, this.#files.length + this.store.get().filter((one) => !one.fault).length)
      this.store.set((now) => [...now, { key, file, sent: 0, fault, canRetry: false, onThere }])
      if (fault === undefined) this.#begin(key, file, crypto.randomUUID())
    }
    const [file] = added.slice(mostAdded)
    if (!file) return
    const fault = `${plural(added.length - mostAdded, 'file')} from here on, a prompt takes at most ${mostAttachments}`
    this.store.set((now) => [...now, { key: next++, file, sent: 0, fault, canRetry: false, onThere: undefined }])
  }

  readonly retry = (key: number) => {
    const upload = this.store.get().find((one) => one.key === key)
    if (!upload?.canRetry) return
    this.#change(key, { fault: undefined, sent: 0, canRetry: false })
    this.#begin(key, upload.file, this.#running.get(key)?.key ?? crypto.randomUUID())
  }

  /** Stops an upload, or dismisses its refusal. */
  readonly cancel = (key: number) => {
    this.#running.get(key)?.abort.abort()
    this.#drop(key)
  }

  readonly remove = (id: string) => this.keep(this.#files.filter((file) => file.id !== id))

  /** They were sent. */
  readonly take = (ids: readonly string[]) => this.keep(this.#files.filter(({ id }) => !ids.includes(id)))

  #begin(key: number, file: File, idempotencyKey: string) {
    this.#running.set(key, { abort: new AbortController(), key: idempotencyKey })
    this.#queue = this.#queue.then(() => this.#send(key, file))
  }

  async #send(key: number, file: File) {
    const running = this.#running.get(key)
    if (!running || running.abort.signal.aborted) return
    try {
      const { uploadFile } = await import('~/api/upload')
      const made = await uploadFile(file, { key: running.key, signal: running.abort.signal, onProgress: (sent) => this.#change(key, { sent }) })
      this.keep([...this.#files.filter(({ id }) => id !== made.id), shortened(made)])
      const { onThere } = this.store.get().find((one) => one.key === key) ?? {}
      this.#drop(key)
      onThere?.()
    } catch (error) {
      if (running.abort.signal.aborted) return
      // Its key is used again only where it is not known what has happened.
      if (error instanceof CallError && error.status !== 0) this.#running.delete(key)
      this.#change(key, { fault: error instanceof CallError ? sentence(error.message) : 'It could not be read.', canRetry: true })
    }
  }

  #change(key: number, more: Partial<Upload>) {
    this.store.set((now) => now.map((one) => (one.key === key ? { ...one, ...more } : one)))
  }

  #drop(key: number) {
    this.#running.delete(key)
    this.store.set((now) => now.filter((one) => one.key !== key))
  }
}

const byAgent = new Map<string, Uploads>()

export function uploadsOf(agentId: string): Uploads {
  const uploads = byAgent.get(agentId) ?? new Uploads(agentId)
  byAgent.set(agentId, uploads)
  return uploads
}
