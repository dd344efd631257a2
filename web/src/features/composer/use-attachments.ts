import { useCallback, useEffect, useRef, useState } from 'react'
import type { Attachment, EvAttachment } from '~/api/generated'
import { useUiState } from '~/api/ui-state'
import { mostAttachmentBytes, mostAttachments, uploadFile } from '~/api/upload'
import { CallError } from '~/api/wire'
import { formatBytes, sentence } from '~/lib/format'
import { isObject, listAt, textAt } from '~/lib/json'

/** A file that is on its way, or was refused. */
export type Upload = { key: number; file: File; sent: number; fault: string | undefined }

const noFiles: readonly EvAttachment[] = []

function fileOf(value: unknown): EvAttachment | undefined {
  const [id, name, mediaType] = [textAt(value, 'id'), textAt(value, 'name'), textAt(value, 'mediaType')]
  const size = isObject(value) ? value['size'] : undefined
  return id !== undefined && name !== undefined && mediaType !== undefined && typeof size === 'number' ? { id, name, mediaType, size } : undefined
}

function parseFiles(value: unknown): readonly EvAttachment[] {
  const files = listAt(value, 'files').flatMap((file) => fileOf(file) ?? [])
  return files.length > 0 ? files.slice(0, mostAttachments) : noFiles
}

/** Why a file is not even sent. */
export function refusalOf(file: Pick<File, 'size'>, count: number): string | undefined {
  if (file.size > mostAttachmentBytes) return `${formatBytes(file.size)}; at most ${formatBytes(mostAttachmentBytes)} are accepted`
  return count >= mostAttachments ? `a prompt takes at most ${mostAttachments} files` : undefined
}

let next = 1

/**
 * The files that go with the next prompt: uploaded one after the other, and part of the draft once they are there. Pictures of those
 * that were added on this page are kept with them.
 */
export function useAttachments(agentId: string) {
  const [stored, store] = useUiState<unknown>(`files/${agentId}`, identity)
  const files = parseFiles(stored)
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const latest = useRef({ files, uploads })
  const aborts = useRef(new Map<number, AbortController>())
  const queue = useRef(Promise.resolve())
  useEffect(() => {
    latest.current = { files, uploads }
  })
  useEffect(() => {
    const running = aborts.current
    return () => running.forEach((abort) => abort.abort())
  }, [])

  const change = useCallback((key: number, more: Partial<Upload>) => setUploads((now) => now.map((one) => (one.key === key ? { ...one, ...more } : one))), [])
  const drop = useCallback((key: number) => setUploads((now) => now.filter((one) => one.key !== key)), [])
  const keep = useCallback((kept: readonly EvAttachment[]) => {
    latest.current = { ...latest.current, files: kept }
    store(kept.length > 0 ? { files: kept } : undefined)
  }, [store])

  const upload = useCallback(async (key: number, file: File, abort: AbortController) => {
    if (abort.signal.aborted) return
    try {
      const made = await uploadFile(file, { signal: abort.signal, onProgress: (sent) => change(key, { sent }) })
      keep([...latest.current.files.filter(({ id }) => id !== made.id), shortened(made)])
      drop(key)
    } catch (error) {
      if (error instanceof CallError) change(key, { fault: sentence(error.message) })
      else if (!abort.signal.aborted) throw error
    } finally {
      aborts.current.delete(key)
    }
  }, [change, drop, keep])

  const add = useCallback((added: readonly File[]) => {
    for (const file of added.slice(0, 2 * mostAttachments)) {
      const key = next++
      const { files: there, uploads: coming } = latest.current
      const fault = refusalOf(file, there.length + coming.filter((one) => !one.fault).length)
      const row: Upload = { key, file, sent: 0, fault }
      latest.current = { files: there, uploads: [...coming, row] }
      setUploads((now) => [...now, row])
      if (fault !== undefined) continue
      const abort = new AbortController()
      aborts.current.set(key, abort)
      queue.current = queue.current.then(() => upload(key, file, abort))
    }
  }, [upload])

  return {
    files,
    uploads,
    add,
    /** Stops an upload, or dismisses its refusal. */
    cancel: useCallback((key: number) => {
      aborts.current.get(key)?.abort()
      drop(key)
    }, [drop]),
    remove: useCallback((id: string) => keep(latest.current.files.filter((file) => file.id !== id)), [keep]),
    /** They were sent. */
    take: useCallback((ids: readonly string[]) => keep(latest.current.files.filter(({ id }) => !ids.includes(id))), [keep]),
  }
}

const identity = (value: unknown) => value

function shortened({ id, name, mediaType, size }: Attachment): EvAttachment {
  return { id, name, mediaType, size }
}
