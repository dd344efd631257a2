import type { ReactNode } from 'react'
import { connection } from '~/api/connection'
import { sentence } from '~/lib/format'
import { useStore } from '~/lib/store'
import { visible } from '~/lib/visible'
import { Icon, type IconName } from '~/ui/Icon'
import { Button } from '~/ui/Button'

/** What belongs here, how to start, and the same on the command line. */
export function Empty(props: { icon: IconName; title: string; command?: string | undefined; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-lg border border-dashed border-line2 px-6 py-10 text-center">
      <Icon name={props.icon} className="size-6 text-fg2" />
      <p className="max-w-md text-md text-fg1">{props.title}</p>
      {props.command && <code className="max-w-full rounded-sm bg-bg3 px-1.5 py-0.5 font-mono text-sm [overflow-wrap:anywhere] text-fg1">{props.command}</code>}
      {props.children && <div className="mt-2 flex flex-wrap justify-center gap-2">{props.children}</div>}
    </div>
  )
}

type Failure = { message: string; code?: string; details?: Record<string, string[]> }

/** Details that the message does not contain. */
function newDetails({ message, details = {} }: Failure) {
  return Object.entries(details).filter(([, texts]) => !texts.every((text) => message.includes(text)))
}

/** What could not be reached may be available again by now. */
function useMessage({ code, message }: Failure): string {
  const isBack = useStore(connection).state === 'live' && code === 'UNREACHABLE'
  return isBack ? `${sentence(message)} It answers again.` : sentence(message)
}

/** What failed, in words and where it failed; the code on demand; one way to continue. */
export function ErrorNote({ title, error, onRetry }: { title: string; error: Failure; onRetry?: () => void }) {
  const message = useMessage(error)
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-line2 bg-bg2 p-3">
      <Icon name="warn" className="mt-0.5 text-err" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="break-words text-fg1">{visible(message)}</p>
        {newDetails(error).map(([path, texts]) => (
          <p key={path} className="text-sm text-fg1">
            <span className="font-mono">{visible(path)}</span>: {visible(texts.join(', '))}
          </p>
        ))}
        {error.code && <p className="mt-1 font-mono text-xs text-fg2">{error.code}</p>}
      </div>
      {onRetry && (
        <Button isSmall onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** The outline of what is being loaded. It is not animated: an endless animation costs more than the page. */
export function Skeleton({ rows, height = 'h-16' }: { rows: number; height?: string }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-2">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={`${height} rounded-lg bg-bg1`} />
      ))}
    </div>
  )
}
