import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { AgentOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { Batch } from '~/features/board/Batch'
import { Results } from '~/features/board/Results'
import { useReported, type Report } from '~/features/board/run-all'
import { BoardDialogs, type OpenDialog } from '~/features/board/BoardDialogs'
import { BoardHead } from '~/features/board/BoardHead'
import { BoardLines } from '~/features/board/BoardLines'
import { BoardTable } from '~/features/board/BoardTable'
import { GoneWorkspaces } from '~/features/board/Gone'
import { boardCount, boardLines, type BoardLine, type Sort } from '~/features/board/model'
import { useBoardKeys, useMoveKeys } from '~/features/board/use-board-keys'
import { useSelection } from '~/features/board/use-selection'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { PageHead, useTitle } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'

export type BoardView = { sort: Sort; view: 'board' | 'table'; filter: string }

type BoardPageProps = {
  /** Only this workspace. */
  workspaceId?: string
  shown: BoardView
  onShow: (change: Partial<BoardView>) => void
  onStart: () => void
  onStartIn: (worktreeId: string) => void
}

/** Every worktree with its agents: a row each, or a table. */
export function BoardPage({ workspaceId, shown, onShow, onStart, onStartIn }: BoardPageProps) {
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(overviewQuery())
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [chosenId, setChosen] = useState<string>()
  const [dialog, setDialog] = useState<OpenDialog>()
  const [report, setReport] = useState<Report>()
  const onReport = useReported(setReport)
  // State and not a ref: the lines are drawn before a ref around them is set, and would not be drawn again.
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const workspace = data?.workspaces.find((one) => one.workspaceId === workspaceId)
  const title = workspace ? workspace.name : 'Board'
  useTitle(title)
  const lines = data ? boardLines(data, { sort: shown.sort, filter: shown.filter, workspaceId, isFolded: (id) => folded.has(id) }) : []
  const rows = shown.view === 'table' ? lines.flatMap(singly) : lines
  const order = lines.flatMap((line) => (line.kind === 'worktree' ? line.agents : []))
  const selection = useSelection(data?.agents ?? [], order)

  function open({ workspaceId: of, id }: AgentOverview) {
    void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId: of, agentId: id } })
  }
  function choose(agent: AgentOverview) {
    setChosen(agent.id)
    const cell = scroller?.querySelector<HTMLElement>(`[data-agent="${agent.id}"] a`)
    cell?.focus()
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  function fold(id: string) {
    setFolded((now) => (now.has(id) ? new Set([...now].filter((one) => one !== id)) : new Set([...now, id])))
  }
  useBoardKeys({
    lines: rows,
    chosenId,
    choose,
    open,
    toggle: selection.toggle,
    extend: selection.extend,
    extendTo: selection.extendTo,
    startIn: ({ worktreeId }) => onStartIn(worktreeId),
    review: ({ workspaceId: of, worktreeId }) => void navigate({ to: '/w/$workspaceId/review/$worktreeId', params: { workspaceId: of, worktreeId } }),
  })
  const isFree = shown.sort === 'free' && shown.filter.trim() === ''
  useMoveKeys(lines, chosenId, isFree)
  useKeys('page', [{ keys: 'Escape', label: 'clear the selection', isQuiet: true, run: selection.clear }], { isOn: selection.selected.length > 0 })
  if (data && workspaceId !== undefined && !workspace) return <NoWorkspace />
  const count = data ? boardCount(lines, data) : ''
  const acts = { onFold: fold, onStartIn, onDialog: (worktreeId: string, kind: 'checkout' | 'remove' | 'rename') => setDialog({ kind, worktreeId }), onRename: (agent: AgentOverview) => setDialog({ kind: 'rename agent', agentId: agent.id }), onChoose: (agent: AgentOverview) => setChosen(agent.id) }
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      <BoardHead title={title} count={workspace ? visibleName(workspace.path) : count} workspaceId={workspace?.workspaceId} shown={shown} onShow={onShow} onStart={onStart} onNewWorktree={(id) => setDialog({ kind: 'worktree', workspaceId: id })} />
      <div className="px-6 empty:hidden max-sm:px-4"><GoneWorkspaces workspaceId={workspaceId} /></div>
      <div ref={setScroller} tabIndex={-1} className="min-h-0 flex-1 overflow-auto outline-none">
        {error && <div className="px-6"><ErrorNote title={data ? 'The board cannot be followed' : 'The board could not be read'} error={error} onRetry={() => void refetch()} /></div>}
        {!data && !error && <div className="px-6"><Skeleton label="Reading your worktrees" rows={8} /></div>}
        {data && lines.length === 0 && <div className="px-6"><Nothing filter={shown.filter} onClear={() => onShow({ filter: '' })} /></div>}
        {data && shown.view === 'table' && <BoardTable lines={lines} all={data} isSelected={selection.has} onSelect={selection.mark} onChoose={acts.onChoose} />}
        {data && shown.view === 'board' && (
          <BoardLines lines={lines} isFree={isFree} scroller={scroller} chosenId={chosenId ?? order[0]?.id} isSelected={selection.has} onSelect={selection.mark} {...acts} />
        )}
      </div>
      <Batch agents={selection.selected} onReport={onReport} onClear={selection.clear} />
      {report && <Results report={report} onClose={() => setReport(undefined)} />}
      {dialog && data && <BoardDialogs open={dialog} all={data} onClose={() => setDialog(undefined)} />}
    </main>
  )
}

/** A table has a row for each agent. */
function singly(line: BoardLine): BoardLine[] {
  return line.kind === 'worktree' ? line.agents.map((agent) => ({ ...line, agents: [agent] })) : []
}

function NoWorkspace() {
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      <PageHead title="No workspace" />
      <div className="px-6">
        <Empty
          title="There is no such workspace"
          text="It was closed, or the address is wrong. A closed one comes back when its repository is opened again."
          action={
            <Link to="/board" className={linkLook('plain')}>
              Board
            </Link>
          }
        />
      </div>
    </main>
  )
}

function Nothing({ filter, onClear }: { filter: string; onClear: () => void }) {
  if (filter === '') return <Empty title="No worktree yet" text="Open a repository; its worktrees and agents are shown here." command="workspace open ~/src/project" />
  return (
    <Empty
      title={`No worktree matches “${visibleName(filter)}”`}
      text="The others are hidden by the filter."
      action={
        <Button keys="Escape" onClick={onClear}>
          Clear filter
        </Button>
      }
    />
  )
}
