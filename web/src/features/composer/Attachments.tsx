import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { EvAttachment } from '~/api/generated'
import { readAttachment } from '~/api/upload'
import type { Upload } from '~/features/composer/uploads'
import { formatBytes } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { Icon } from '~/ui/Icon'

/** Larger pictures are not read again only to be shown small. */
const mostPictureBytes = 8 * 1024 * 1024

type AttachmentsProps = {
  files: readonly EvAttachment[]
  uploads: readonly Upload[]
  onRemove: (id: string) => void
  onCancel: (key: number) => void
  onRetry: (key: number) => void
}

/** The files that go with the next prompt, and those on their way. */
export function Attachments({ files, uploads, onRemove, onCancel, onRetry }: AttachmentsProps) {
  if (files.length + uploads.length === 0) return null
  return (
    <ul aria-label="Attachments" className="flex max-h-[20dvh] flex-wrap gap-1.5 overflow-y-auto border-t border-line2 px-3 py-2.5">
      {files.map((file) => (
        <li key={file.id} className={chip}>
          <Picture file={file} />
          <Name name={file.name} detail={formatBytes(file.size)} />
          <IconButton icon="close" isSmall label={`Remove ${file.name}`} onClick={() => onRemove(file.id)} />
        </li>
      ))}
      {uploads.map((upload) => (
        <UploadChip key={upload.key} upload={upload} onCancel={() => onCancel(upload.key)} onRetry={() => onRetry(upload.key)} />
      ))}
    </ul>
  )
}

const chip = 'flex h-9 max-w-full items-center gap-2 rounded-md bg-bg3 pr-1 pl-1'

function Name({ name, detail, isFault = false }: { name: string; detail: string; isFault?: boolean }) {
  return (
    <span className="min-w-0">
      <span className="block max-w-52 truncate text-sm">{visibleName(name)}</span>
      <span className={`block max-w-80 truncate text-xs ${isFault ? 'text-err' : 'text-fg2'}`} title={visible(detail)}>
        {visible(detail)}
      </span>
    </span>
  )
}

type UploadChipProps = { upload: Upload; onCancel: () => void; onRetry: () => void }

function UploadChip({ upload: { file, sent, fault, canRetry }, onCancel, onRetry }: UploadChipProps) {
  const percent = file.size > 0 ? Math.min(100, Math.round((100 * sent) / file.size)) : 0
  if (fault !== undefined)
    return (
      <li className={chip}>
        <Square>
          <Icon name="warn" className="text-err" />
        </Square>
        <span role="alert" className="min-w-0">
          <Name name={file.name} detail={`Not attached: ${fault}`} isFault />
        </span>
        {canRetry && (
          <Button isSmall onClick={onRetry}>
            Retry
          </Button>
        )}
        <IconButton icon="close" isSmall label={`Dismiss ${file.name}`} onClick={onCancel} />
      </li>
    )
  return (
    <li className={`${chip} relative overflow-hidden`}>
      <Square>
        <Icon name="file" className="text-fg2" />
      </Square>
      <Name name={file.name} detail={`${formatBytes(sent)} of ${formatBytes(file.size)}`} />
      <IconButton icon="close" isSmall label={`Cancel ${file.name}`} onClick={onCancel} />
      <span role="progressbar" aria-label={`Upload of ${visibleName(file.name)}`} aria-valuenow={percent} className="absolute inset-x-0 bottom-0 h-0.5 bg-line2">
        <span className="block h-full bg-g-run" style={{ width: `${percent}%` }} />
      </span>
    </li>
  )
}

function Square({ children }: { children: React.ReactNode }) {
  return <span className="flex size-7 shrink-0 items-center justify-center overflow-hidden rounded-sm bg-bg4">{children}</span>
}

function Picture({ file }: { file: EvAttachment }) {
  const isPicture = file.mediaType.startsWith('image/') && file.size <= mostPictureBytes
  const content = useQuery({
    queryKey: ['get_attachment_content', file.id],
    queryFn: ({ signal }) => readAttachment(file.id, signal),
    enabled: isPicture,
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  })
  const { data } = content
  const ref = useMemo(() => data && show(data), [data])
  return <Square>{ref ? <img ref={ref} alt="" className="size-full object-cover" /> : <Icon name="file" className="text-fg2" />}</Square>
}

/** The address of a blob lives as long as its picture. */
function show(blob: Blob) {
  return (image: HTMLImageElement | null) => {
    if (!image) return undefined
    const url = URL.createObjectURL(blob)
    image.src = url
    return () => URL.revokeObjectURL(url)
  }
}
