import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import type { AgentOverview } from '~/api/generated'
import { sinceOf } from '~/api/groups'
import { togglePin } from '~/api/pins'
import { useStored } from '~/app/layout'
import type { SideGroup } from '~/app/side/groups'
import { folded, Gutter, row } from '~/app/side/looks'
import { useKeys } from '~/lib/keys'
import { formatMinute } from '~/lib/format'
import { lookOf, reasonText, type Staleness, wordOf } from '~/lib/status'
import { visibleName } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { Since, StatusGlyph, useSilence } from '~/ui/Status'
import { showEvidence } from '~/ui/evidence'
import { StatusPart } from '~/ui/StatusPart'

const mostRows = 5

/** A group of agents by their state; its heading is the word, and folds it. */
export function AgentGroup({ title, agents, isUnread, pins }: SideGroup & { pins: readonly string[] }) {
  const [isWhole, setWhole] = useStored(`side.${title}`, false)
  const [isFolded, fold] = useStored(`side.${title}.folded`, false)
  const most = title === 'Pinned' || isWhole ? agents.length : mostRows
  return (
    <section aria-label={title} className="flex flex-col">
      <h2 className="mt-3 flex h-6 shrink-0 items-center text-xs font-medium text-fg2 max-lg:mx-2 max-lg:mt-2 max-lg:h-[9px] max-lg:border-t max-lg:border-line2">
        <button type="button" aria-expanded={!isFolded} onClick={() => fold(!isFolded)} className={`flex h-6 flex-1 items-center rounded-md px-2 hover:text-fg0 ${folded}`}>
          {title}
          <span className="ml-1.5 font-normal">{agents.length}</span>
          {isFolded && <Icon name="chevron" className="ml-auto size-3" />}
        </button>
      </h2>
      {!isFolded && agents.slice(0, most).map((agent) => <AgentRow key={agent.id} agent={agent} isUnread={isUnread} isPinned={pins.includes(agent.id)} />)}
      {!isFolded && title !== 'Pinned' && agents.length > mostRows && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)} className={`${row} pl-[30px] text-fg2 max-lg:justify-center max-lg:pl-0`}>
          {isWhole ? 'Fewer' : `${agents.length - mostRows} more`}
        </button>
      )}
    </section>
  )
}

function AgentRow({ agent, isUnread, isPinned }: { agent: AgentOverview; isUnread: boolean; isPinned: boolean }) {
  const part = useRef<HTMLDivElement>(null)
  const act = isPinned ? 'unpin' : 'pin'
  useKeys('item', [{ keys: 'p', label: act, run: () => togglePin(agent.id) }, { keys: 'i', label: 'status', run: () => part.current && showEvidence(agent, part.current) }], { within: part })
  return (
    <div ref={part} className="group relative flex flex-col">
      <Link
        to="/w/$workspaceId/a/$agentId"
        params={{ workspaceId: agent.workspaceId, agentId: agent.id }}
        title={titleOf(agent, useSilence(agent))}
        className={`${row} ${isUnread ? 'font-medium text-fg0' : ''}`}
      >
        <Gutter>
          <StatusGlyph look={lookOf(agent.statusReason)} word={wordOf(agent.statusReason)} />
        </Gutter>
        <span className={`min-w-0 flex-1 truncate ${folded}`}>{visibleName(agent.name)}</span>
        <Since agent={agent} at={sinceOf(agent)} className={`ml-2 text-sm font-normal text-fg2 group-hover:invisible ${folded}`} />
      </Link>
      <StatusPart agent={agent} look="over" tabIndex={-1} />
      <button
        type="button"
        tabIndex={-1}
        title={isPinned ? 'Unpin (P)' : 'Pin (P)'}
        aria-label={`${isPinned ? 'Unpin' : 'Pin'} ${visibleName(agent.name)}`}
        aria-pressed={isPinned}
        onClick={() => togglePin(agent.id)}
        className="absolute top-0.5 right-1 grid size-6 place-items-center rounded-md text-fg2 opacity-0 group-hover:opacity-100 hover:text-fg0 focus-visible:opacity-100 aria-pressed:text-accent max-lg:hidden"
      >
        <Icon name="pin" className="size-3.5" />
      </button>
    </div>
  )
}

/** The row has room for the name only: why it is as it is, is shown by its tooltip, which is also its description. */
function titleOf(agent: AgentOverview, silence: Staleness | undefined): string {
  const age = silence && `${silence.isStalled ? 'as of' : 'silent since'} ${formatMinute(silence.since)}`
  const why = [wordOf(agent.statusReason), reasonText(agent), age].filter(Boolean).join(', ')
  return `${visibleName(agent.name)}: ${visibleName(why)}`
}
