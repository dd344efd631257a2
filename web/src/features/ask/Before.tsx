import { useQuery } from '@tanstack/react-query'
import type { Ask } from '~/api/generated'
import { useOpenAsks } from '~/api/open-asks'
import { beforeQuery } from '~/api/workspace-queries'
import { linesBefore, type BeforeLine } from '~/features/ask/before'
import { formatMinute, plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Icon } from '~/ui/Icon'
import { PlusMinus } from '~/ui/PlusMinus'
import { Root, useShortPath } from '~/ui/Root'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

type BeforeProps = { ask: Pick<Ask, 'subjectId' | 'tool' | 'createdAt'> & Partial<Pick<Ask, 'id' | 'title'>>; root: string | undefined }

/** The last twenty lines of the agent before it asked. */
export function Before({ ask, root = '' }: BeforeProps) {
  const { asks } = useOpenAsks(ask.subjectId)
  const { data, error, refetch } = useQuery(beforeQuery(ask.subjectId, ask.createdAt))
  if (error) return <ErrorNote title="What came before could not be read" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton label="Reading what came before" rows={3} />
  const lines = linesBefore(data.messages, ask, asks.filter(({ id, subjectId }) => subjectId === ask.subjectId && id !== ask.id))
  if (lines.length === 0) return <p className="pb-3 pl-7 text-fg2">Nothing came before it.</p>
  return (
    <Root value={root}>
      <ol aria-label="Before this" className="pb-3">
        {lines.map((line) => (
          <li key={line.id}>
            <Line line={line} />
          </li>
        ))}
      </ol>
    </Root>
  )
}

const grid = 'grid grid-cols-[28px_minmax(0,1fr)_auto] items-start'

function Line({ line }: { line: BeforeLine }) {
  if (line.kind === 'tool') return <ToolLine line={line} />
  const isYou = line.kind === 'you'
  return (
    <div className={grid}>
      <span className="grid h-6 w-4 place-items-center text-fg2">{isYou && <Icon name="chevron" />}</span>
      <p className={`line-clamp-3 py-0.5 [overflow-wrap:anywhere] ${isYou ? 'text-fg0' : 'text-fg1'}`}>
        {isYou && <span className="sr-only">You: </span>}
        {visible(line.text)}
      </p>
      {isYou && <span className="pl-3 text-sm leading-6 text-fg2">{formatMinute(line.at)}</span>}
    </div>
  )
}

function ToolLine({ line }: { line: Extract<BeforeLine, { kind: 'tool' }> }) {
  const { icon, verb, object, isPath, result, isError, added, removed, output, more } = line
  const short = useShortPath(object)
  return (
    <>
      <div className={grid}>
        <span className="grid h-6 w-4 place-items-center text-fg2">
          <Icon name={icon} className="size-3.5" />
        </span>
        <p className="flex h-6 min-w-0 items-center gap-2 text-fg1">
          <span className="shrink-0">{verb}</span>
          <span className="truncate font-mono text-sm text-fg0">{isPath ? short : visibleName(object)}</span>
        </p>
        <span className="flex h-6 items-center gap-2 pl-3 text-sm whitespace-nowrap text-fg2">
          {isError && <StatusGlyph look="error" />}
          <PlusMinus added={added} removed={removed} isColoured />
          {isError ? <span className="text-err">{result}</span> : result}
        </span>
      </div>
      {output.length > 0 && (
        <div className="mt-0.5 mb-1.5 ml-7 border-l-2 border-g-err py-1 pl-3 font-mono text-sm text-fg1">
          {output.map((text, at) => (
            <p key={at} className="[overflow-wrap:anywhere]">
              {visible(text)}
            </p>
          ))}
          {more > 0 && <p className="font-sans text-fg2">{plural(more, 'more line')}</p>}
        </div>
      )}
    </>
  )
}
