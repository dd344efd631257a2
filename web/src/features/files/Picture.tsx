import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { call } from '~/api/client'
import { formatBytes } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

type Place = { workspaceId: string; worktreeId: string; path: string }

/** A larger picture is named, not shown. */
export const mostPicture = 16 * 2 ** 20

const pictures = /\.(png|jpe?g|gif|webp|avif|bmp|ico)$/i
export const isPicture = (path: string) => pictures.test(path)

async function readPicture(place: Place): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let type = ''
  for (let offset = 0, size = 1; offset < size; ) {
    const { body } = await call('get_worktree_blob', { ...place, offset })
    const part = Uint8Array.from(atob(body.content), (c) => c.charCodeAt(0))
    if (part.length === 0) break
    parts.push(part)
    type = body.mediaType
    size = body.size
    offset += part.length
  }
  return new Blob(parts, { type })
}

/** An image of the worktree, read through the daemon: it has no address of its own. */
export function Picture({ digest, ...place }: Place & { digest: string | undefined }) {
  const picture = useQuery({ queryKey: ['picture', place, digest], queryFn: () => readPicture(place), staleTime: Infinity, gcTime: 60_000, retry: false })
  const blob = picture.data
  const draw = useCallback(
    (node: HTMLImageElement | null) => {
      if (!node || !blob) return undefined
      const url = URL.createObjectURL(blob)
      node.src = url
      return () => URL.revokeObjectURL(url)
    },
    [blob],
  )
  if (picture.error) return <ErrorNote title="The image could not be read" error={picture.error} onRetry={() => void picture.refetch()} />
  if (!blob) return <Skeleton label="Reading the image" rows={3} />
  return (
    <figure className="flex min-h-0 flex-1 flex-col items-start gap-2 overflow-auto p-4">
      <img ref={draw} alt={visibleName(place.path)} className="max-w-full bg-bg3" />
      <figcaption className="text-sm text-fg2">
        {blob.type.replace('image/', '').toUpperCase()}, {formatBytes(blob.size)}
      </figcaption>
    </figure>
  )
}
