import { session } from '~/api/client'
import type { ApiError, Attachment } from '~/api/generated'
import { CallError } from '~/api/wire'
import { isObject, parseJson } from '~/lib/json'

/** As the daemon: bytes of one file, and files of one message (docs/attachments.md). */
export const mostAttachmentBytes = 32 * 1024 * 1024
export const mostAttachments = 32

type UploadOptions = { signal: AbortSignal; onProgress: (sent: number) => void }

function isAttachment(value: unknown): value is Attachment {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['size'] === 'number'
}

function isApiError(value: unknown): value is ApiError {
  return isObject(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string'
}

function errorOf(status: number, text: string): CallError {
  const parsed = parseJson(text)
  const error = 'value' in parsed && isObject(parsed.value) ? parsed.value['error'] : undefined
  return new CallError(status, isApiError(error) ? error : { code: 'HTTP_ERROR', message: `The daemon answered ${status}.` })
}

/** Uploads a file to go with a prompt. fetch does not report how much was sent; this does. */
export function uploadFile(file: File, { signal, onProgress }: UploadOptions): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const unreachable = () => reject(new CallError(0, { code: 'UNREACHABLE', message: 'The daemon did not answer.' }))
    request.open('POST', `/api/attachments?${new URLSearchParams({ name: file.name })}`)
    request.setRequestHeader('authorization', `Bearer ${session.get()?.token ?? ''}`)
    request.setRequestHeader('idempotency-key', crypto.randomUUID())
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    request.addEventListener('error', unreachable)
    request.addEventListener('abort', () => reject(new DOMException('The upload was cancelled.', 'AbortError')))
    request.addEventListener('load', () => {
      const parsed = parseJson(request.responseText)
      if (request.status === 201 && 'value' in parsed && isAttachment(parsed.value)) resolve(parsed.value)
      else reject(errorOf(request.status, request.responseText))
    })
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

/** The content of an attachment, for a picture of it. */
export async function readAttachment(attachmentId: string, signal: AbortSignal): Promise<Blob> {
  const headers = { authorization: `Bearer ${session.get()?.token ?? ''}` }
  const response = await fetch(`/api/attachments/${encodeURIComponent(attachmentId)}/content`, { headers, signal })
  if (!response.ok) throw new CallError(response.status, { code: 'HTTP_ERROR', message: `The daemon answered ${response.status}.` })
  return response.blob()
}
