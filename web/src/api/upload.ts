import { fetchBlob, request } from '~/api/client'
import type { ApiError, Attachment } from '~/api/generated'
import { CallError, unheard } from '~/api/wire'
import { isObject, parseJson } from '~/lib/json'

/** key: an upload that is tried again is the same one. */
type UploadOptions = { key: string; signal: AbortSignal; onProgress: (sent: number) => void }

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
export function uploadFile(file: File, options: UploadOptions): Promise<Attachment> {
  return request(`/api/attachments?${new URLSearchParams({ name: file.name })}`, (url, token) => post(url, token, file, options))
}

function post(url: string, token: string, file: File, { key, signal, onProgress }: UploadOptions): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest()
    upload.open('POST', url)
    upload.setRequestHeader('authorization', `Bearer ${token}`)
    upload.setRequestHeader('idempotency-key', key)
    upload.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    upload.addEventListener('error', () => reject(unheard()))
    upload.addEventListener('abort', () => reject(new DOMException('The upload was cancelled.', 'AbortError')))
    upload.addEventListener('load', () => {
      const parsed = parseJson(upload.responseText)
      if (upload.status === 201 && 'value' in parsed && isAttachment(parsed.value)) resolve(parsed.value)
      else reject(errorOf(upload.status, upload.responseText))
    })
    signal.addEventListener('abort', () => upload.abort(), { once: true })
    upload.send(file)
  })
}

/** The content of an attachment, for a picture of it. */
export const readAttachment = (attachmentId: string, signal: AbortSignal): Promise<Blob> => fetchBlob(`/api/attachments/${encodeURIComponent(attachmentId)}/content`, signal)
