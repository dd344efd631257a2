import { connection } from '~/api/connection'
import { sentence } from '~/lib/format'
import { isObject } from '~/lib/json'
import { useStore } from '~/lib/store'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { StatusGlyph } from '~/ui/Status'

type ErrorNoteProps = {
  /** What could not be done: "The diff could not be read". */
  title: string
  error: Error
  onRetry?: () => void
}

type Failure = Error & { code?: unknown; details?: unknown }

/** What the daemon said of single fields, where the message does not say it already. */
function fieldsOf({ message, details }: Failure): string[] {
  if (!isObject(details)) return []
  return Object.entries(details).flatMap(([name, texts]) =>
    Array.isArray(texts) && !texts.every((text) => message.includes(String(text))) ? [`${name}: ${texts.join('; ')}`] : [],
  )
}

/** What could not be reached may be there again by now. */
function useMessage(error: Failure): string {
  const isBack = useStore(connection).state === 'live' && error.code === 'UNREACHABLE'
  return isBack ? 'The daemon did not answer. It does now.' : sentence(error.message)
}

function detailsOf(title: string, error: Error): string {
  const code = 'code' in error ? `${String(error.code)}: ` : ''
  return `${title}\n${code}${error.message}\n${window.location.pathname}\n${new Date().toISOString()}`
}

/** What failed, why, one action, and the details to paste elsewhere. It stands where the thing would be. */
export function ErrorNote({ title, error, onRetry }: ErrorNoteProps) {
  const { isDone, copy } = useCopy()
  const message = useMessage(error)
  return (
    <div role="alert" className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-3">
      <StatusGlyph look="error" className="mt-[3px]" />
      <div>
        <p className="font-semibold">{title}</p>
        <p className="text-sm break-words text-fg1">{visible(message)}</p>
        {fieldsOf(error).map((text) => (
          <p key={text} className="text-sm break-words text-fg1">
            {visible(text)}
          </p>
        ))}
        <div className="mt-2 flex flex-wrap gap-2">
          {onRetry && (
            <Button isSmall onClick={onRetry}>
              Try again
            </Button>
          )}
          <Button isSmall look="quiet" onClick={() => copy(detailsOf(title, error))}>
            {isDone ? 'Copied' : 'Copy details'}
          </Button>
        </div>
      </div>
    </div>
  )
}
