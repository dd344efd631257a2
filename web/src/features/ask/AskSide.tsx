import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode, type RefObject } from 'react'
import type { AgentOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { askQuery, beforeQuery } from '~/api/workspace-queries'
import { AskDetail } from '~/features/ask/AskDetail'
import { Before } from '~/features/ask/Before'
import { useAsk, type Need } from '~/features/ask/use-inbox'
import { usePlace } from '~/features/ask/use-place'
import { useLostFocus } from '~/lib/focus'
import { useKeys } from '~/lib/keys'
import { useIsNarrow } from '~/lib/use-media'
import { reasonText, wordOf } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { visible, visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { IconButton, linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Kbd } from '~/ui/Kbd'
import { Skeleton } from '~/ui/Skeleton'
import { StatusPart } from '~/ui/StatusPart'

type Row = { need: Need; isOpen: boolean }
type AskSideProps = {
  id: string | undefined
  rows: readonly Row[]
  openIds: readonly string[]
  then: string | undefined
  within: RefObject<HTMLElement | null>
  focus: () => void
  isSheet: boolean
  onNext: () => void
  /** An answer was given here. */
  onAnswered?: (id: string) => void
  onClose: () => void
}

/** What is read of the next one before anybody asks for it. */
function usePrefetch(need: Need | undefined) {
  const client = useQueryClient()
  const ask = need?.kind === 'ask' ? need.ask : undefined
  useEffect(() => {
    if (!ask) return
    void client.prefetchQuery(beforeQuery(ask.subjectId, ask.createdAt))
    if (ask.truncated) void client.prefetchQuery(askQuery(ask.id))
  }, [client, ask])
}

/** The sheet takes the focus as a dialog does, Escape closes it, and who closes it is back where they were. */
function useSheet(sheet: RefObject<HTMLElement | null>, isOn: boolean, onClose: () => void) {
  useEffect(() => {
    if (!isOn) return undefined
    const opener = document.activeElement
    if (!sheet.current?.contains(opener)) sheet.current?.focus({ preventScroll: true })
    return () => {
      // The list is inert until it is drawn again.
      if (opener instanceof HTMLElement) requestAnimationFrame(() => document.activeElement === document.body && opener.focus({ preventScroll: true }))
    }
  }, [sheet, isOn])
  useKeys('item', [{ keys: 'Escape', label: 'close', run: onClose }], { within: sheet, isOn })
}

/** The right side of the inbox; on a phone a sheet over the list. */
export function AskSide(props: AskSideProps) {
  const { id, rows, openIds, then, isSheet, focus, onNext, onClose } = props
  const lost = useLostFocus(focus)
  const part = useRef<HTMLElement>(null)
  useSheet(part, isSheet && id !== undefined, onClose)
  const row = rows.find(({ need }) => need.id === id)
  const next = rows.find(({ need }) => need.id === then)?.need
  usePrefetch(next)
  if (id === undefined && isSheet) return null
  const at = id === undefined ? -1 : openIds.indexOf(id)
  const place = at < 0 ? '' : `${at + 1} of ${openIds.length}`
  const body = (
    <section
      ref={part}
      data-detail=""
      tabIndex={-1}
      {...(isSheet && { role: 'dialog', 'aria-modal': true })}
      aria-label={at < 0 ? 'Ask' : `Ask ${place}`}
      {...lost}
      className={
        isSheet
          ? 'fixed inset-x-0 top-10 bottom-0 z-30 flex flex-col rounded-t-[16px] bg-bg2 pop outline-none'
          : 'flex min-h-0 min-w-0 flex-1 flex-col outline-none'
      }
    >
      {isSheet && <SheetHead place={place} onClose={onClose} />}
      {id === undefined ? (
        <div className="px-8 pt-5">
          <Empty title="Nothing needs you" text="The next ask opens here." />
        </div>
      ) : row?.need.kind === 'failed' ? (
        <Failed need={row.need} {...props} place={place} bar={<Then next={next} onNext={onNext} />} />
      ) : id.startsWith('ag_') ? (
        <NoLonger agentId={id} bar={<Then next={next} onNext={onNext} />} />
      ) : (
        <OneAsk {...props} id={id} place={place} bar={<Then next={next} onNext={onNext} />} />
      )}
    </section>
  )
  if (!isSheet) return body
  return (
    <>
      <div aria-hidden="true" onClick={onClose} className="fixed inset-0 z-20 bg-scrim" />
      {body}
    </>
  )
}

function SheetHead({ place, onClose }: { place: string; onClose: () => void }) {
  return (
    <div className="flex shrink-0 items-center pr-1 pl-4">
      <span className="text-sm text-fg2">{place}</span>
      <span className="ml-auto">
        <IconButton icon="close" label="Close" onClick={onClose} />
      </span>
    </div>
  )
}

type BodyProps = AskSideProps & { place: string; bar: ReactNode }

function OneAsk({ id, within, focus, place, bar, onAnswered }: BodyProps & { id: string }) {
  const { ask, error } = useAsk(id)
  if (error) return <div className="px-8 pt-5"><ErrorNote title="This ask could not be read" error={error} /></div>
  if (!ask) return <div className="px-8 pt-5"><Skeleton label="Reading the ask" /></div>
  return (
    <AskDetail
      key={ask.id}
      ask={ask}
      within={within}
      focus={focus}
      then={bar}
      head={<Head place={place} agentId={ask.subjectId} worktreeId={ask.worktreeId} workspaceId={ask.workspaceId} at={ask.createdAt} within={within} />}
      onDone={(given) => given && onAnswered?.(ask.id)}
    />
  )
}

type HeadProps = { place: string; agentId: string; worktreeId: string | undefined; workspaceId: string | undefined; at: string; within: RefObject<HTMLElement | null> }

/** Who asks, where, and the way there. */
function Head({ place, agentId, worktreeId, workspaceId, at, within }: HeadProps) {
  const { agent, worktree, workspace } = usePlace({ subjectId: agentId, worktreeId, workspaceId })
  const navigate = useNavigate()
  const isNarrow = useIsNarrow()
  const where = [workspace?.name, worktree?.name].filter((name) => name !== undefined).map(visibleName).join(' / ')
  const open = () => workspaceId !== undefined && void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId } })
  useKeys('item', [{ keys: 'o', label: 'open agent', run: open }], { within })
  if (isNarrow)
    return (
      <>
        <p className="min-w-0 grow text-sm text-fg2">
          {[visibleName(agent?.name ?? 'An agent'), where].filter(Boolean).join(', ')}, <Status agent={agent} at={at} />
        </p>
        {workspaceId !== undefined && (
          <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId, agentId }} className={linkLook('quiet', true)}>
            Open agent
          </Link>
        )}
      </>
    )
  return (
    <div className="mb-2 flex min-h-7 flex-wrap items-center gap-x-2">
      {place && <span className="text-fg2">{place}</span>}
      <span className="min-w-0 truncate font-semibold">{visibleName(agent?.name ?? 'An agent')}</span>
      <span className="min-w-0 truncate text-fg2">{where}</span>
      <span className="shrink-0 text-sm text-fg2">
        <Status agent={agent} at={at} />
      </span>
      {workspaceId !== undefined && (
        <span className="ml-auto flex items-center gap-2">
          <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId, agentId }} className="touch inline-flex min-h-6 items-center text-sm text-fg1 hover:text-fg0 hover:underline">
            Open agent
          </Link>
          <Kbd keys="O" />
        </span>
      )}
    </div>
  )
}

/** What it is now, and since when this waits or has failed. */
function Status({ agent, at }: { agent: AgentOverview | undefined; at: string }) {
  return (
    <>
      {agent && <StatusPart agent={agent}>{wordOf(agent.statusReason)}</StatusPart>} <Age at={at} className="" />
    </>
  )
}

function Then({ next, onNext }: { next: Need | undefined; onNext: () => void }) {
  const place = usePlace(next?.kind === 'ask' ? next.ask : { subjectId: next?.id ?? '' })
  if (!next) return null
  return (
    <>
      <button type="button" onClick={onNext} className="touch min-h-6 min-w-0 truncate text-sm text-fg2 hover:text-fg0">
        then {visibleName(place.agent?.name ?? 'another agent')}
      </button>
      <Kbd keys="J" />
    </>
  )
}

/** A link to a failure that is over: the agent runs again, or was archived. */
function NoLonger({ agentId, bar }: { agentId: string; bar: ReactNode }) {
  const { data } = useQuery(overviewQuery())
  if (!data) return <div className="px-8 pt-5"><Skeleton label="Reading the agent" /></div>
  const agent = data.agents.find(({ id }) => id === agentId)
  return (
    <div className="px-8 pt-5 max-sm:px-4">
      <Empty
        title={agent ? `${visibleName(agent.name)} no longer needs you` : 'This agent no longer needs you'}
        text={agent ? `It is ${wordOf(agent.statusReason).toLowerCase()} now.` : 'It was archived or removed.'}
        action={
          agent && (
            <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId }} className={linkLook('plain')}>
              Open agent
            </Link>
          )
        }
      />
      <div className="mt-2 flex items-center gap-2">{bar}</div>
    </div>
  )
}

/** An agent that failed: why, what it did last, and the way there. */
function Failed({ need, place, bar, within }: BodyProps & { need: Need & { kind: 'failed' } }) {
  const { agent } = need
  const { worktree } = usePlace({ subjectId: agent.id, worktreeId: agent.worktreeId })
  const params = { workspaceId: agent.workspaceId, agentId: agent.id }
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 max-sm:px-4 max-sm:pt-2">
        <div className="max-w-[768px]">
          <Head place={place} agentId={agent.id} worktreeId={agent.worktreeId} workspaceId={agent.workspaceId} at={need.at} within={within} />
          <Before ask={{ subjectId: agent.id, tool: '', createdAt: need.at }} root={worktree?.path} />
          <div className="grid grid-cols-[28px_minmax(0,1fr)] border-t border-line pt-3.5 pb-4">
            <StatusGlyph look="error" word={wordOf(agent.statusReason)} className="mt-[5px]" />
            <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">{visible(reasonText(agent) || 'It failed.')}</h2>
          </div>
        </div>
      </div>
      <div data-raised="" data-foot="" className="flex min-h-14 shrink-0 items-center gap-2 border-t border-line bg-bg1 px-8 max-sm:px-4">
        <Link to="/w/$workspaceId/a/$agentId" params={params} className={linkLook('solid')}>
          Open agent
        </Link>
        <div className="ml-auto flex min-w-0 items-center gap-2 max-md:hidden">{bar}</div>
      </div>
    </>
  )
}

