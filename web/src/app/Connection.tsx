import { reconnect } from '~/api/client'
import { connection, type Connection } from '~/api/connection'
import { useNow, useTimedText } from '~/lib/clock'
import { formatDuration } from '~/lib/format'
import { useStore } from '~/lib/store'
import { Button } from '~/ui/Button'
import { StatusGlyph } from '~/ui/Status'

/** The first attempt is made at once; only one that takes longer is worth a stripe. */
const quietMs = 1_000

/** While nothing arrives, on every width: that it is so, and how old what the page shows is. It stays as it is below. */
export function ConnectionBanner() {
  const line = useStore(connection)
  if (line.state === 'stale') return <StaleStripe since={line.since} />
  return line.state === 'offline' ? <OfflineStripe line={line} /> : null
}

const stripe = 'flex shrink-0 flex-wrap items-center gap-2 border-b border-l-2 border-line bg-bg3 px-3 py-1 text-sm text-fg1'

function StaleStripe({ since }: { since: number }) {
  return (
    <div className={`${stripe} border-l-g-wait`}>
      <StatusGlyph look="offline" />
      <span className="min-w-0 flex-1">
        {/* The seconds are not announced every second. */}
        <span role="status">
          <strong className="font-semibold">The daemon is silent.</strong> Agents keep running; this is what was last heard,
        </span>{' '}
        <AsOf at={since} />.
      </span>
    </div>
  )
}

function OfflineStripe({ line }: { line: Extract<Connection, { state: 'offline' }> }) {
  const isQuick = useTimedText((now) => (line.attempt <= 1 && now < line.retryAt + quietMs ? 'quick' : '')) !== ''
  if (isQuick) return null
  return (
    <div className={`${stripe} border-l-g-err`}>
      <StatusGlyph look="offline" />
      <span className="min-w-0 flex-1">
        <span role="alert">
          <strong className="font-semibold">The daemon does not answer.</strong> Agents keep running without it; what you see may be out of date
        </span>
        {line.since !== undefined && (
          <>
            , <AsOf at={line.since} />
          </>
        )}
        . <RetryIn at={line.retryAt} />
      </span>
      <Button isSmall onClick={reconnect}>
        Retry now
      </Button>
    </div>
  )
}

function AsOf({ at }: { at: number }) {
  return <span>{useTimedText((now) => `as of ${formatDuration(now - at)} ago`)}</span>
}

function RetryIn({ at }: { at: number }) {
  const now = useNow()
  return <span className="text-fg1">Next attempt {at > now ? `in ${formatDuration(at - now + 999)}` : 'now'}.</span>
}

const looks: Record<Connection['state'], { word: string; colour: string }> = {
  connecting: { word: 'Connecting', colour: 'bg-wait' },
  live: { word: 'Live', colour: 'bg-ok' },
  stale: { word: 'Stale', colour: 'bg-wait' },
  offline: { word: 'Offline', colour: 'bg-err' },
  refused: { word: 'Refused', colour: 'bg-err' },
}

/** Live means that a frame arrived within the last few seconds, not that a socket is open. */
export function ConnectionBadge() {
  const line = useStore(connection)
  const { word, colour } = looks[line.state]
  return (
    <span className="flex items-center gap-1.5">
      <span className={`size-2 rounded-full ${colour}`} aria-hidden="true" />
      <span aria-live="polite">{word}</span>
      {line.state === 'stale' && <StaleSince at={line.since} />}
    </span>
  )
}

function StaleSince({ at }: { at: number }) {
  return <span className="text-fg2">{formatDuration(useNow() - at)}</span>
}
