import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import { mostAsks } from '~/api/queries'
import { answeredAsksQuery, rulesQuery } from '~/api/workspace-queries'
import { AnsweredTab } from '~/features/ask/AnsweredTab'
import { InboxMenu } from '~/features/ask/InboxMenu'
import { OpenTab, type AgentActsProps } from '~/features/ask/OpenTab'
import { RulesTab } from '~/features/ask/RulesTab'
import { useNeeds } from '~/features/ask/use-inbox'
import { useTimedText } from '~/lib/clock'
import { formatAge } from '~/lib/format'
import { useIsNarrow } from '~/lib/use-media'
import { ErrorNote } from '~/ui/ErrorNote'
import { Main } from '~/ui/Main'
import { PageHead } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'
import { Segments } from '~/ui/Tabs'

export type InboxTab = 'open' | 'answered' | 'rules'
export type InboxView = { ask: string | undefined; tab: InboxTab }
type InboxPageProps = {
  shown: InboxView
  /** What can be done to the agents of what is selected. */
  acts: ComponentType<AgentActsProps>
  /** isStep: it is a step of the way that "back" goes. */
  onShow: (next: InboxView, isStep: boolean) => void
}

const countOf = (n: number | undefined) => (n === undefined ? undefined : n >= mostAsks ? `${mostAsks}+` : n)

/** All that needs a person, what was answered, and the rules that answer. */
export function InboxPage({ shown, acts, onShow }: InboxPageProps) {
  const { ask, tab } = shown
  const isNarrow = useIsNarrow()
  const inbox = useNeeds()
  const answered = useQuery(answeredAsksQuery())
  const rules = useQuery(rulesQuery())
  const goTo = (next: InboxTab) => onShow({ ask: undefined, tab: next }, true)
  // A phone's "back" closes the sheet; beside a list the choice is no step of the way.
  const choose = (id: string | undefined) => onShow({ ask: id, tab }, isNarrow && id !== undefined)
  return (
    <Main title="Inbox">
      <PageHead title="Inbox" mark={<Mark needs={inbox.needs} total={inbox.total} />}>
        <Segments
          label="What is shown"
          current={tab}
          onChange={goTo}
          tabs={[
            { id: 'open', label: 'Open', count: inbox.isRead ? inbox.total : undefined },
            { id: 'answered', label: 'Answered', count: countOf(answered.data?.asks.length) },
            { id: 'rules', label: 'Rules', count: rules.data?.rules.length },
          ]}
        />
        <InboxMenu />
      </PageHead>
      {tab === 'open' && inbox.error && <div className="px-6"><ErrorNote title="The inbox could not be read" error={inbox.error} onRetry={inbox.readAgain} /></div>}
      {tab === 'open' && !inbox.error && !inbox.isRead && <div className="px-6"><Skeleton label="Reading the inbox" /></div>}
      {tab === 'open' && inbox.isRead && <OpenTab acts={acts} inbox={inbox} chosen={ask} onChoose={choose} onAnswered={() => goTo('answered')} />}
      {tab === 'answered' && <AnsweredTab chosen={ask} onChoose={choose} />}
      {tab === 'rules' && <RulesTab />}
    </Main>
  )
}

function Mark({ needs, total }: { needs: readonly { at: string }[]; total: number }) {
  const [oldest] = needs.map(({ at }) => at).filter(Boolean).toSorted()
  const age = useTimedText((now) => (oldest === undefined ? '' : formatAge(now - Date.parse(oldest))))
  if (needs.length === 0) return null
  return (
    <span className="truncate text-sm text-fg2 max-sm:hidden">
      {total > needs.length ? `${needs.length} of ${total}` : total} open, oldest {age}
    </span>
  )
}
