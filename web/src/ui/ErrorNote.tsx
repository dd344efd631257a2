import { connection } from '~/api/connection'
import { isMissingPart, isOutdated, reloadPage } from '~/api/page-version'
import { CallError } from '~/api/wire'
import { sentence } from '~/lib/format'
import { useStore } from '~/lib/store'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { addedBy, detailsOf } from '~/ui/error-details'
import { StatusGlyph } from '~/ui/Status'

type ErrorNoteProps = {
  /** What could not be done: "The diff could not be read". */
  title: string
  error: Error
  onRetry?: () => void
}

const mostDetails = 20

/** What could not be reached may be there again by now; a file of the page before never is. */
function messageOf(error: Error, isLive: boolean, isOld: boolean): string {
  if (isMissingPart(error)) {
    if (!isLive) return 'The daemon does not answer, and this part of the page is not in the browser yet.'
    return isOld ? 'Muster was updated, and this page is from the previous version.' : 'This part of the page could not be loaded.'
  }
  return isLive && error instanceof CallError && error.code === 'UNREACHABLE' ? 'The daemon did not answer. It does now.' : sentence(error.message)
}

/** What failed, why, one action, and the details to paste elsewhere. It is shown where the thing would be. */
export function ErrorNote({ title, error, onRetry }: ErrorNoteProps) {
  const { isDone, copy } = useCopy()
  const isLive = useStore(connection).state === 'live'
  const isOld = useStore(isOutdated)
  const message = messageOf(error, isLive, isOld)
  const isMissing = isMissingPart(error)
  const added = addedBy(error)
  return (
    <div role="alert" className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-3">
      <StatusGlyph look="error" className="mt-[3px]" />
      <div>
        <p className="font-semibold">{title}</p>
        <p className="text-sm break-words text-fg1">{visible(message)}</p>
        {added.length > 0 && (
          <ul className="mt-1 text-sm text-fg1">
            {added.slice(0, mostDetails).map((text) => (
              <li key={text} className="break-words">
                {visible(text)}
              </li>
            ))}
            {added.length > mostDetails && <li className="text-fg2">and {added.length - mostDetails} more</li>}
          </ul>
        )}
        <div className="mt-2 flex flex-wrap gap-2">
          {isMissing && isLive && (isOld || !onRetry) && (
            <Button isSmall onClick={reloadPage}>
              {isOld ? 'Reload to update' : 'Reload'}
            </Button>
          )}
          {onRetry && (!isMissing || (isLive && !isOld)) && (
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
