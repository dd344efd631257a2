import { useState } from 'react'
import type { Ask } from '~/api/generated'
import { useOpenAsks } from '~/api/open-asks'
import { AskView } from '~/features/ask/AskView'
import { objectOf, verbOf } from '~/features/ask/words'
import { StatusGlyph } from '~/ui/Status'

type AgentAsksProps = {
  agentId: string
  /** Where Escape leads: to the composer. */
  onLeave: () => void
  /** An answer was accepted, or somebody else was faster. */
  onDone: () => void
}

/** How many are listed below the one that is open. */
const mostListed = 20

/** The open asks of one agent, for its dock: one in full, the others of its turn as lines that open. */
export function AgentAsks({ agentId, onLeave, onDone }: AgentAsksProps) {
  const open = useOpenAsks(agentId)
  const [chosen, setChosen] = useState<string>()
  const asks = open.asks.filter(({ subjectId }) => subjectId === agentId).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
  const current = asks.find(({ id }) => id === chosen) ?? asks[0]
  if (!current) return null
  const others = asks.filter((ask) => ask !== current)
  return (
    <div className="flex min-h-0 min-w-0 flex-col">
      <AskView key={current.id} ask={current} onLeave={onLeave} onDone={onDone} />
      {others.length > 0 && (
        <ul aria-label={`${others.length} more asks`} className="max-h-28 overflow-y-auto border-t border-line2">
          {others.slice(0, mostListed).map((ask) => (
            <OtherAsk key={ask.id} ask={ask} onOpen={() => setChosen(ask.id)} />
          ))}
          {others.length > mostListed && <li className="px-3 py-1 pl-[34px] text-sm text-fg2">{others.length - mostListed} more</li>}
        </ul>
      )}
    </div>
  )
}

function OtherAsk({ ask, onOpen }: { ask: Ask; onOpen: () => void }) {
  const { text, isCode } = objectOf(ask)
  return (
    <li>
      <button type="button" onClick={onOpen} className="touch flex h-7 w-full min-w-0 items-center gap-2 px-3 text-left text-sm text-fg1 -outline-offset-2 hover:bg-bg3">
        <StatusGlyph look="waiting" />
        {isCode && <span className="shrink-0">{verbOf(ask)}</span>}
        <span className={`min-w-0 truncate ${isCode ? 'font-mono text-fg2' : ''}`}>{text}</span>
      </button>
    </li>
  )
}
