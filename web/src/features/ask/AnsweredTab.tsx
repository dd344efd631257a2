import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { mostAsks } from '~/api/queries'
import { answeredAsksQuery } from '~/api/workspace-queries'
import { AskSide } from '~/features/ask/AskSide'
import { AnsweredRow } from '~/features/ask/InboxList'
import { ListHead } from '~/features/ask/OpenTab'
import { useIsNarrow } from '~/lib/use-media'
import { useKeys } from '~/lib/keys'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'

type AnsweredTabProps = { chosen: string | undefined; onChoose: (id: string | undefined) => void }

/** What was answered, by whom or by which rule, the newest first. */
export function AnsweredTab({ chosen, onChoose }: AnsweredTabProps) {
  const { data, error, refetch } = useQuery(answeredAsksQuery())
  const isNarrow = useIsNarrow()
  const part = useRef<HTMLDivElement>(null)
  const asks = (data?.asks ?? []).toSorted((a, b) => (b.answeredAt ?? '').localeCompare(a.answeredAt ?? ''))
  const current = chosen ?? (isNarrow ? undefined : asks[0]?.id)
  const focus = () => part.current?.querySelector<HTMLElement>('[data-detail]')?.focus()
  function step(by: number) {
    const at = asks.findIndex(({ id }) => id === current)
    const next = asks[Math.max(0, Math.min(asks.length - 1, at + by))]
    if (next) onChoose(next.id)
  }
  useKeys(
    'list',
    [
      { keys: 'j', label: 'next', run: () => step(1) },
      { keys: 'k', label: 'before', run: () => step(-1) },
    ],
    { within: part },
  )
  if (error) return <div className="px-6"><ErrorNote title="The answers could not be read" error={error} onRetry={() => void refetch()} /></div>
  if (data && asks.length === 0) return <div className="px-6"><Empty title="Nothing was answered yet" text="Answers of people and of rules are listed here." command="ask list" /></div>
  return (
    <div ref={part} className="flex min-h-0 flex-1">
      <div inert={isNarrow && chosen !== undefined} className={`overflow-y-auto px-2 py-1 ${isNarrow ? 'w-full' : 'w-[340px] shrink-0 border-r border-line'}`}>
        <ListHead title={asks.length >= mostAsks ? 'The newest' : 'Answered'} count={asks.length} />
        <ul aria-label="Answered asks">
          {asks.map((ask) => (
            <AnsweredRow key={ask.id} ask={ask} isChosen={ask.id === current} onChoose={() => onChoose(ask.id)} />
          ))}
        </ul>
      </div>
      <AskSide id={current} rows={[]} openIds={[]} then={undefined} within={part} focus={focus} isSheet={isNarrow} onNext={() => step(1)} onClose={() => onChoose(undefined)} />
    </div>
  )
}
