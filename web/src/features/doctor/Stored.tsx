import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { storageQuery } from '~/api/queries'
import { kindTexts, storeText } from '~/features/doctor/report'
import { formatBytes } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'

/** What takes the space, the largest first, with the setting that says how long it is kept. */
export function Stored() {
  const storage = useQuery(storageQuery())
  const limits = (
    <Link to="/settings/$section" params={{ section: 'storage' }} className={linkLook('quiet', true)}>
      Limits
    </Link>
  )
  if (storage.error) return <ErrorNote title="The storage could not be measured" error={storage.error} onRetry={() => void storage.refetch()} />
  const shares = storage.data?.shares ?? []
  const most = Math.max(1, ...shares.map(({ bytes }) => bytes))
  return (
    <Section title="Storage" more={limits}>
      {storage.isPending && <Skeleton label="Measuring the storage" rows={5} />}
      {storage.data && (
        <p className={storage.data.isOverCap ? 'text-wait' : 'text-fg2'}>
          {storeText(storage.data)}
          {storage.data.isOverCap && ': more than the settings allow, and nothing more is removed automatically'}
        </p>
      )}
      <ul aria-label="What takes the space">
        {shares.map(({ kind, bytes, setting }) => (
          <li key={kind} className="grid min-h-8 grid-cols-[minmax(0,1fr)_minmax(0,240px)_96px_88px] items-center gap-x-4 border-t border-line max-sm:grid-cols-[minmax(0,1fr)_88px]">
            <span className="truncate">{kindTexts[kind]}</span>
            <span className="truncate font-mono text-sm text-fg2 max-sm:hidden">{setting === undefined ? '' : visibleName(setting)}</span>
            <span aria-hidden="true" className="block h-[3px] rounded-[2px] bg-line2 max-sm:hidden">
              <span className="block h-full rounded-[2px] bg-fg2" style={{ width: `${(100 * bytes) / most}%` }} />
            </span>
            <span className="text-right text-sm">{formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
