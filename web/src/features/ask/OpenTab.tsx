import { useQuery } from '@tanstack/react-query'
import { useRef, useState, type ComponentType } from 'react'
import type { AgentOverview } from '~/api/generated'
import { mostAsks } from '~/api/queries'
import { answeredAsksQuery } from '~/api/workspace-queries'
import { AskSide } from '~/features/ask/AskSide'
import { nextOf } from '~/features/ask/batch'
import { BatchSide } from '~/features/ask/BatchSide'
import { AnsweredRow, NeedRow, StallRow } from '~/features/ask/InboxList'
import { agentIdOf, useSteadyNeeds, type useNeeds } from '~/features/ask/use-inbox'
import { useMarks } from '~/features/ask/use-marks'
import { useFocusOnOpen } from '~/features/ask/use-focus-on-open'
import { useIsNarrow } from '~/lib/use-media'
import { useKeys } from '~/lib/keys'
import { stall } from '~/lib/stall'
import { useStore } from '~/lib/store'
import { Empty } from '~/ui/Empty'

export type AgentActsProps = { agents: readonly AgentOverview[]; /** Ends the selection. */ onClear: () => void }

type OpenTabProps = {
  /** What can be done to the agents of what is selected. */
  acts: ComponentType<AgentActsProps>
  inbox: ReturnType<typeof useNeeds>
  chosen: string | undefined
  onChoose: (id: string | undefined) => void
  onAnswered: () => void
}

const fewAnswered = 12

/** All that is open beside the one that is looked at. Nothing that comes or goes by itself moves the choice. */
export function OpenTab({ acts: Acts, inbox, chosen, onChoose, onAnswered }: OpenTabProps) {
  const isNarrow = useIsNarrow()
  const [first, setFirst] = useState<string>()
  const part = useRef<HTMLDivElement>(null)
  // By when it began: an agent that fails again needs its person again.
  const [dealt, setDealt] = useState<ReadonlyMap<string, string | undefined>>(new Map())
  const needs = inbox.needs.filter(({ id, at }) => !dealt.has(id) || dealt.get(id) !== at)
  const [oldest] = needs
  if (first === undefined && oldest) setFirst(oldest.id)
  const wanted = chosen ?? (isNarrow ? undefined : first)
  const current = wanted !== undefined && dealt.has(wanted) && needs.every(({ id }) => id !== wanted) ? (isNarrow ? undefined : oldest?.id) : wanted
  const steady = useSteadyNeeds(needs, current)
  const { rows } = steady
  const ids = rows.map(({ need }) => need.id)
  const openIds = rows.filter(({ isOpen }) => isOpen).map(({ need }) => need.id)
  const focus = () => part.current?.querySelector<HTMLElement>('[data-detail]')?.focus()
  // What had the focus is replaced by another detail.
  const keepFocus = () =>
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) focus()
    })
  const { marked, isBatch, mark, clear } = useMarks(ids, keepFocus)
  const markedNeeds = rows.flatMap(({ need, isOpen }) => (isOpen && marked.has(need.id) ? [need] : []))
  const asks = markedNeeds.flatMap((need) => (need.kind === 'ask' ? [need.ask] : []))
  const theirs = new Set(markedNeeds.map(agentIdOf))
  useFocusOnOpen(part, current !== undefined && !isNarrow)

  const then = nextOf(openIds, current)

  function choose(id: string | undefined) {
    if (id === undefined) return
    setFirst(id)
    onChoose(id)
    requestAnimationFrame(() => {
      const row = part.current?.querySelector(`[data-need="${id}"]`)
      row?.scrollIntoView({ block: 'nearest' })
      // The focus goes along where it is in the list; in the ask it stays.
      if (document.activeElement?.matches('[data-row]')) row?.querySelector<HTMLElement>('[data-row]')?.focus()
    })
  }
  function step(by: number) {
    const at = current === undefined ? -1 : ids.indexOf(current)
    choose(ids[Math.max(0, Math.min(ids.length - 1, at + by))])
  }
  /** It was answered here: the next one follows, and without one the sheet closes. */
  function leave(id: string) {
    setDealt((now) => new Map(now).set(id, rows.find(({ need }) => need.id === id)?.need.at))
    if (then !== undefined) choose(then)
    else onChoose(undefined)
    keepFocus()
  }
  /** What was chosen may have been answered with the others: then the next one follows too. */
  function endBatch() {
    clear()
    if (current !== undefined && !openIds.includes(current)) leave(current)
  }
  useKeys(
    'list',
    [
      { keys: 'j', label: 'next', run: () => step(1) },
      { keys: 'k', label: 'before', run: () => step(-1) },
      { keys: 'x', label: 'select', run: () => mark(current, false) },
      { keys: 'Shift+X', label: 'select to here', isQuiet: true, run: () => mark(current, true) },
      ...(marked.size > 0 ? [{ keys: 'Escape', label: 'select none', run: endBatch }] : []),
    ],
    { within: part },
  )
  return (
    <div ref={part} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-0 flex-1">
        <NeedList
          steady={steady}
          isNarrow={isNarrow}
          isInert={isNarrow && (chosen !== undefined || isBatch)}
          current={current}
          marked={marked}
          onChoose={choose}
          onMark={mark}
          onAnswered={onAnswered}
        />
        {isBatch ? (
          <BatchSide within={part} asks={asks} marked={[...marked].filter((id) => id.startsWith('ask_')).length} onClear={endBatch} />
        ) : (
          <AskSide
            id={current}
            rows={rows}
            openIds={openIds}
            then={then}
            within={part}
            focus={focus}
            isSheet={isNarrow}
            onNext={() => choose(then)}
            onAnswered={leave}
            onClose={() => onChoose(undefined)}
          />
        )}
      </div>
      <Acts agents={inbox.agents.filter(({ id }) => theirs.has(id))} onClear={endBatch} />
    </div>
  )
}

type NeedListProps = {
  steady: ReturnType<typeof useSteadyNeeds>
  isNarrow: boolean
  /** A sheet is over it. */
  isInert: boolean
  current: string | undefined
  marked: ReadonlySet<string>
  onChoose: (id: string) => void
  onMark: (id: string, isRange: boolean) => void
  onAnswered: () => void
}

/** What is open, and below it what was answered today. */
function NeedList({ steady, isNarrow, isInert, current, marked, onChoose, onMark, onAnswered }: NeedListProps) {
  const { rows, news, hold, release } = steady
  const stalled = useStore(stall)
  return (
    <div inert={isInert} className={`overflow-y-auto px-2 py-1 ${isNarrow ? 'w-full' : 'w-[340px] shrink-0 border-r border-line'}`} {...hold}>
      <ListHead title="Open" count={rows.filter(({ isOpen }) => isOpen).length + Number(stalled !== undefined)}>
        {news > 0 && (
          <button type="button" onClick={release} className="touch ml-auto font-medium text-accent">
            {news} new
          </button>
        )}
      </ListHead>
      <ul aria-label="Open asks">
        {stalled && <StallRow {...stalled} />}
        {rows.map(({ need, isOpen }) => (
          <NeedRow
            key={need.id}
            need={need}
            isOpen={isOpen}
            isChosen={need.id === current}
            isMarked={marked.has(need.id)}
            onChoose={() => onChoose(need.id)}
            onMark={(isRange) => onMark(need.id, isRange)}
          />
        ))}
      </ul>
      {rows.length === 0 && !stalled && (
        <div className="px-2">
          <Empty title="Nothing needs you" text="Asks of every agent and agents that failed are listed here, the oldest first." command="ask list" />
        </div>
      )}
      <Answered chosen={current} onChoose={onChoose} onAll={onAnswered} />
    </div>
  )
}

export function ListHead({ title, count, children }: { title: string; count: number | string; children?: React.ReactNode }) {
  return (
    <h2 className="flex gap-1.5 px-2 pt-3 pb-1 text-xs font-medium text-fg2">
      {title}
      <span className="font-normal">{count}</span>
      {children}
    </h2>
  )
}

type AnsweredProps = { chosen: string | undefined; onChoose: (id: string) => void; onAll: () => void }

const isToday = (at: string | undefined) => new Date(at ?? 0).toDateString() === new Date().toDateString()

/** What was answered today, by whom or by which rule. */
function Answered({ chosen, onChoose, onAll }: AnsweredProps) {
  const { data } = useQuery(answeredAsksQuery())
  const today = (data?.asks ?? []).filter(({ answeredAt }) => isToday(answeredAt)).toSorted((a, b) => (b.answeredAt ?? '').localeCompare(a.answeredAt ?? ''))
  if (today.length === 0) return null
  // The list ends there: nobody knows how many more.
  const isLeast = today.length >= mostAsks
  return (
    <>
      <ListHead title="Answered today" count={isLeast ? `at least ${today.length}` : today.length} />
      <ul aria-label="Answered today">
        {today.slice(0, fewAnswered).map((ask) => (
          <AnsweredRow key={ask.id} ask={ask} isChosen={ask.id === chosen} onChoose={() => onChoose(ask.id)} />
        ))}
      </ul>
      {today.length > fewAnswered && (
        <button type="button" onClick={onAll} className="touch h-7 px-2 pl-[30px] text-fg2 hover:text-fg0 hover:underline">
          {isLeast ? 'Show the newest' : `${today.length - fewAnswered} more`}
        </button>
      )}
    </>
  )
}
