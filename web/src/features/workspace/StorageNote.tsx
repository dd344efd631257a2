import { useQuery } from '@tanstack/react-query'
import { storageQuery } from '~/api/queries'
import { formatBytes } from '~/lib/format'
import { Icon } from '~/ui/Icon'

/** What takes the space, once it exceeds the settings and nothing more is removed automatically. */
export function StorageNote() {
  const storage = useQuery(storageQuery()).data
  if (!storage?.isOverCap) return null
  const shares = storage.shares.filter(({ bytes }) => bytes > 0).slice(0, 5)
  return (
    <section aria-label="Storage" className="flex items-start gap-3 rounded-lg border border-line2 bg-bg2 p-3">
      <Icon name="warn" className="mt-0.5 text-warn" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">Muster’s data is larger than the settings allow.</p>
        <ul aria-label="What takes the room" className="mt-1 flex flex-col gap-0.5 text-fg1">
          {shares.map(({ kind, bytes, setting }) => (
            <li key={kind} className="tnum flex flex-wrap gap-x-2">
              <span>
                {kind}: {formatBytes(bytes)}
              </span>
              {setting && <code className="font-mono text-sm text-fg2">{setting}</code>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
