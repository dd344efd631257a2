import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, useState, type ReactNode, type RefObject } from 'react'
import type { AgentOverview, Ask, Overview } from '~/api/generated'
import { sinceOf } from '~/api/groups'
import { lineOf } from '~/api/last-line'
import { openAsksQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { placeOf } from '~/features/home/names'
import { wholeCommand } from '~/features/home/whole-command'
import { useFocusWithin, useLostFocus, useSettled } from '~/lib/focus'
import { useKeys } from '~/lib/keys'
import { visible, visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { Button, linkLook } from '~/ui/Button'
import { Section } from '~/ui/Section'
import { lookOf, wordOf } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

/** Who waits for me, the oldest first; the chosen one is raised, for its keys work. */
export function Needs({ agents, all }: { agents: readonly AgentOverview[]; all: Overview }) {
  // The newest: the inbox, which is no part of the first load, reads on.
  const asks = useQuery(openAsksQuery()).data?.asks
  const list = useRef<HTMLUListElement>(null)
  const [picked, setPicked] = useState<string>()
  const chosen = Math.max(0, agents.findIndex(({ id }) => id === picked))
  const focus = (at: number) => list.current?.querySelectorAll<HTMLElement>('li p a')[at]?.focus()
  // What was answered leaves the list: the focus goes on to the next one.
  const lost = useLostFocus(() => focus(chosen))
  function choose(by: 1 | -1) {
    const at = picked === undefined ? 0 : Math.max(0, Math.min(agents.length - 1, chosen + by))
    setPicked(agents[at]?.id)
    focus(at)
  }
  useKeys('list', [
    { keys: 'j', label: 'down', canRepeat: true, run: () => choose(1) },
    { keys: 'k', label: 'up', canRepeat: true, run: () => choose(-1) },
  ])
  return (
    <Section title="Needs you" count={agents.length} more={<OldestAge agents={agents} />}>
      <ul ref={list} {...lost} className="-mx-2.5">
        {agents.map((agent, at) => (
          <Need key={agent.id} agent={agent} isRead={asks !== undefined} ask={asks?.find(({ id }) => id === agent.askId)} all={all} isChosen={at === chosen} onChoose={() => setPicked(agent.id)} />
        ))}
      </ul>
    </Section>
  )
}

function OldestAge({ agents }: { agents: readonly AgentOverview[] }) {
  const [oldest] = agents.map(sinceOf).filter(Boolean).sort()
  if (!oldest) return null
  return (
    <span>
      oldest <Age at={oldest} />
    </span>
  )
}

type NeedProps = { agent: AgentOverview; ask: Ask | undefined; /** The open asks are known. */ isRead: boolean; all: Overview; isChosen: boolean; onChoose: () => void }

function Need({ agent, ask, isRead, all, isChosen, onChoose }: NeedProps) {
  const look = lookOf(agent.statusReason)
  const row = useRef<HTMLLIElement>(null)
  const { isWithin, ...within } = useFocusWithin()
  const whole = isChosen && ask ? wholeCommand(ask) : undefined
  return (
    <li
      ref={row}
      {...within}
      className={
        isChosen
          ? 'grid grid-cols-[28px_minmax(0,1fr)] rounded-md bg-bg2 px-2.5 py-2.5 outline-1 outline-line2'
          : 'grid grid-cols-[28px_minmax(0,1fr)] border-t border-line px-2.5 py-2.5'
      }
    >
      <StatusGlyph look={look} word={wordOf(agent.statusReason)} className="mt-[3px]" />
      <div className="min-w-0">
        <p className="flex min-w-0 items-baseline gap-2">
          <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId: agent.id }} onFocus={onChoose} className="hit shrink-0 truncate font-semibold max-sm:shrink">
            {visibleName(agent.name)}
          </Link>
          <span className="min-w-0 flex-1 truncate text-fg2">{placeOf(agent, all)}</span>
          <span className="shrink-0 text-sm text-fg2">
            <StatusPart agent={agent} className={`text-right ${look === 'error' ? 'text-err' : 'text-wait'}`}>
              {wordOf(agent.statusReason)}
            </StatusPart>{' '}
            · <Age at={sinceOf(agent)} />
          </span>
        </p>
        <What agent={agent} all={all} whole={whole} />
        {whole !== undefined && ask && (
          <Answer ask={ask} row={row} hasKeys={isWithin}>
            <OpenInFull agent={agent} />
          </Answer>
        )}
        {isChosen && isRead && agent.askId !== undefined && whole === undefined && (
          <div className="mt-2.5 flex">
            <OpenInFull agent={agent} />
          </div>
        )}
      </div>
    </li>
  )
}

type WhatProps = { agent: AgentOverview; all: Overview; whole: string | undefined }

/** The bytes of a permission in mono, a question in words, a failure with its reason. What can be allowed from here is never cut. */
function What({ agent, all, whole }: WhatProps) {
  const text = lineOf(agent, all)
  const mono = 'mt-[3px] pl-[2ch] -indent-[2ch] font-mono text-sm text-fg1'
  if (whole !== undefined) return <p className={`${mono} [overflow-wrap:anywhere] whitespace-pre-wrap`}>{whole}</p>
  if (!agent.askId) return <p className="mt-0.5 line-clamp-3 text-fg1">{visible(text)}</p>
  if (agent.askKind !== 'permission') return <p className="mt-0.5 line-clamp-2 text-fg1">{visible(text)}</p>
  return <p className={`line-clamp-2 break-words ${mono}`}>{visible(text)}</p>
}

function OpenInFull({ agent }: { agent: AgentOverview }) {
  return (
    <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId: agent.id }} className={linkLook('quiet', true)}>
      Open in full
    </Link>
  )
}

type AnswerProps = { ask: Ask; row: RefObject<HTMLElement | null>; hasKeys: boolean; children: ReactNode }

/** Of an ask whose bytes all stand above. Its keys work in its row alone. */
function Answer({ ask, row, hasKeys, children }: AnswerProps) {
  const { mutate, isPending } = useAct('answer_ask', undefined, 'toasted')
  const isSettled = useSettled(`${ask.id} ${ask.digest}`)
  const answer = (decision: 'allow' | 'deny') => {
    if (isSettled && !isPending) mutate({ askId: ask.id, digest: ask.digest, decision })
  }
  useKeys('item', [{ keys: 'a', label: 'allow', run: () => answer('allow') }, { keys: 'd', label: 'deny', run: () => answer('deny') }], { within: row })
  return (
    <div data-raised className="mt-2.5 flex flex-wrap gap-1.5">
      <Button isSmall {...(hasKeys && { keys: 'A' })} isOff={isPending || !isSettled} onClick={() => answer('allow')}>
        Allow once
      </Button>
      <Button isSmall look="quiet" {...(hasKeys && { keys: 'D' })} isOff={isPending || !isSettled} onClick={() => answer('deny')}>
        Deny
      </Button>
      {children}
    </div>
  )
}
