import { sentence } from '~/lib/format'
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

function detailsOf(title: string, error: Error): string {
  const code = 'code' in error ? `${String(error.code)}: ` : ''
  return `${title}\n${code}${error.message}\n${window.location.pathname}\n${new Date().toISOString()}`
}

/** What failed, why, one action, and the details to paste elsewhere. It stands where the thing would be. */
export function ErrorNote({ title, error, onRetry }: ErrorNoteProps) {
  const { isDone, copy } = useCopy()
  return (
    <div role="alert" className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-3">
      <StatusGlyph look="error" className="mt-[3px]" />
      <div>
        <p className="font-semibold">{title}</p>
        <p className="text-sm break-words text-fg1">{visible(sentence(error.message))}</p>
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
