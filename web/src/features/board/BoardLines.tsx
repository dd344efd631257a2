import { useVirtualizer } from '@tanstack/react-virtual'
import { Link } from '@tanstack/react-router'
import type { AgentOverview, WorktreeOverview } from '~/api/generated'
import { useContextWarning } from '~/api/settings'
import { AgentCell } from '~/features/board/AgentCell'
import { AgentMenu } from '~/features/board/AgentMenu'
import type { BoardLine, WorktreeLine } from '~/features/board/model'
import { useReorder } from '~/features/board/use-reorder'
import { WorktreeCell } from '~/features/board/WorktreeCell'
import { WorktreeMenu, type WorktreeDialog } from '~/features/board/WorktreeMenu'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'

export type BoardActs = {
  onFold: (id: string) => void
  onStartIn: (worktreeId: string) => void
  onDialog: (worktreeId: string, dialog: WorktreeDialog) => void
  onRename: (agent: AgentOverview) => void
  onChoose: (agent: AgentOverview) => void
}

type BoardLinesProps = BoardActs & {
  lines: readonly BoardLine[]
  /** The order is a person's own and whole: it can be changed. */
  isFree: boolean
  /** What scrolls them; null until it is in the document. */
  scroller: HTMLDivElement | null
  chosenId: string | undefined
  isSelected: (id: string) => boolean
  onSelect: (agent: AgentOverview, isRange: boolean) => void
}

const rowHeights = { workspace: 32, ready: 32, worktree: 76 } as const

/** Only the rows on screen are in the page, so that a thousand worktrees cost what twenty do. */
export function BoardLines({ lines, scroller, ...props }: BoardLinesProps) {
  const worktrees = lines.flatMap((line) => (line.kind === 'worktree' ? [line.worktree] : []))
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller,
    estimateSize: (at) => rowHeights[lines[at]?.kind ?? 'worktree'],
    getItemKey: (at) => lines[at]?.id ?? at,
    overscan: 6,
  })
  return (
    <div style={{ height: rows.getTotalSize() }} className="relative min-w-full">
      {rows.getVirtualItems().map(({ key, index, start }) => {
        const line = lines[index]
        if (!line) return null
        return (
          <div key={key} ref={rows.measureElement} data-index={index} style={{ transform: `translateY(${start}px)` }} className="absolute inset-x-0 top-0">
            {line.kind === 'worktree' ? <WorktreeRow line={line} among={worktrees.filter(({ workspaceId }) => workspaceId === line.worktree.workspaceId)} {...props} /> : <FoldRow line={line} onFold={props.onFold} />}
          </div>
        )
      })}
    </div>
  )
}

function FoldRow({ line, onFold }: { line: Exclude<BoardLine, WorktreeLine>; onFold: (id: string) => void }) {
  const chevron = <Icon name="chevron" className={`size-3.5 text-fg2 ${line.isFolded ? '' : 'rotate-90'}`} />
  if (line.kind === 'ready')
    return (
      <div className="flex h-8 items-center gap-2.5 border-b border-line px-6 text-fg1 max-sm:px-4">
        <button type="button" aria-expanded={!line.isFolded} onClick={() => onFold(line.id)} className="touch flex min-h-6 min-w-0 items-center gap-2.5">
          {chevron}
          <span className="shrink-0">{line.worktrees.length} to land</span>
          <span className="truncate font-mono text-sm text-fg2">{line.worktrees.map(({ branch }) => visibleName(branch)).join('   ')}</span>
        </button>
        <Link to="/landing" className="hit ml-auto shrink-0 text-sm hover:underline">
          Landing
        </Link>
      </div>
    )
  const { workspace } = line
  return (
    <div className="flex h-8 items-center gap-2.5 border-b border-line bg-bg1 px-6 max-sm:px-4">
      <button type="button" aria-expanded={!line.isFolded} onClick={() => onFold(line.id)} className="touch flex min-h-6 min-w-0 items-center gap-2.5">
        {chevron}
        <h2 className="max-w-64 shrink-0 truncate font-semibold">{visibleName(workspace.name)}</h2>
        <span className="truncate text-sm text-fg2">{visibleName(workspace.path)}</span>
      </button>
      <Link to="/w/$workspaceId" params={{ workspaceId: workspace.workspaceId }} className="hit ml-auto shrink-0 text-sm text-fg2 hover:underline">
        {plural(line.worktrees, 'worktree')}
      </Link>
    </div>
  )
}

type WorktreeRowProps = Omit<BoardLinesProps, 'lines' | 'scroller'> & { line: WorktreeLine; among: readonly WorktreeOverview[] }

/** One agent takes the row, two halves, three thirds; more scroll sideways. */
function WorktreeRow({ line, among, isFree, chosenId, isSelected, onSelect, onStartIn, onDialog, onRename, onChoose }: WorktreeRowProps) {
  const { worktree, agents } = line
  const warnAt = useContextWarning()
  const { moveAgent, moveWorktree } = useReorder()
  const place = among.indexOf(worktree)
  const move = isFree ? { ...(place > 0 && { up: () => moveWorktree(among, worktree, place - 1) }), ...(place < among.length - 1 && { down: () => moveWorktree(among, worktree, place + 1) }) } : {}
  const width = agents.length > 3 ? 'minmax(260px,1fr)' : 'minmax(0,1fr)'
  return (
    <section aria-label={`Worktree ${visibleName(worktree.name)}`} className="grid min-h-[76px] grid-cols-[284px_minmax(0,1fr)] border-b border-line max-md:grid-cols-1">
      <WorktreeCell worktree={worktree} menu={<WorktreeMenu worktree={worktree} move={move} onStart={() => onStartIn(worktree.id)} onDialog={(dialog) => onDialog(worktree.id, dialog)} />} />
      <div style={{ gridTemplateColumns: `repeat(${Math.max(1, agents.length)}, ${width})` }} className="grid min-w-0 overflow-x-auto max-sm:!grid-cols-1">
        {agents.length === 0 && worktree.missing === undefined && (
          <div className="flex items-center border-l border-line px-4">
            <Button isSmall look="quiet" icon="plus" onClick={() => onStartIn(worktree.id)}>
              Start an agent here
            </Button>
          </div>
        )}
        {agents.map((agent, at) => (
          <AgentCell
            key={agent.id}
            agent={agent}
            worktree={worktree}
            warnAt={warnAt}
            isChosen={agent.id === chosenId}
            isSelected={isSelected(agent.id)}
            onSelect={(isRange) => onSelect(agent, isRange)}
            drag={{
              onFocus: () => onChoose(agent),
              draggable: isFree,
              onDragStart: (event) => event.dataTransfer.setData('text/plain', agent.id),
              onDragOver: (event) => isFree && event.preventDefault(),
              onDrop: (event) => {
                const dragged = agents.find(({ id }) => id === event.dataTransfer.getData('text/plain'))
                if (dragged) moveAgent(agents, dragged, at)
              },
            }}
            menu={
              <AgentMenu
                agent={agent}
                onRename={() => onRename(agent)}
                move={isFree ? { ...(at > 0 && { left: () => moveAgent(agents, agent, at - 1) }), ...(at < agents.length - 1 && { right: () => moveAgent(agents, agent, at + 1) }) } : {}}
              />
            }
          />
        ))}
      </div>
    </section>
  )
}
