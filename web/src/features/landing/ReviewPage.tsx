import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, useState, type ReactNode } from 'react'
import type { LandHow, LandingPlanRow, Overview, WorktreeOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { sizeOf } from '~/api/size'
import { planQuery } from '~/features/landing/queries'
import { BaseStage, ChecksStage, LandingNote, planRowOf, RadarList, Stage } from '~/features/landing/Rail'
import { Landed, UndoLanding, useLandings } from '~/features/landing/Landed'
import { land, useLandQueue } from '~/features/landing/runner'
import { stepsOf } from '~/features/landing/Steps'
import { useDraft } from '~/api/ui-state'
import { useKeys } from '~/lib/keys'
import { StatusLine } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check } from '~/ui/Field'
import { Crumb, PageHead, useTitle } from '~/ui/PageHead'
import { PlusMinus } from '~/ui/PlusMinus'
import { Skeleton } from '~/ui/Skeleton'
import { Segments, Tabs } from '~/ui/Tabs'

type ReviewPageProps = {
  workspaceId: string
  worktreeId: string
  /** The diff with its files, drawn by who knows how. */
  diff: ReactNode
  /** What is compared, and how it is shown. */
  tools: ReactNode
  /** Leads to a commit, where something is not committed. */
  commit: ReactNode
  /** What stands here when the worktree is gone. */
  gone: ReactNode
  /** What stands here while its folder, or its repository, is not where it was. */
  missing: ReactNode
  /** What is done to the worktree now. */
  progress?: ReactNode
  /** Checks and comments of a pull request. */
  pull?: ReactNode
  onRemove: (worktree: WorktreeOverview) => void
}

/** Review and merge: what a worktree changed, and beside it the way onto its base. */
export function ReviewPage(props: ReviewPageProps) {
  const { data, error, refetch } = useQuery(overviewQuery())
  const worktree = data?.worktrees.find(({ id }) => id === props.worktreeId)
  useTitle(worktree?.branch ?? 'Review')
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      {!worktree && <PageHead title="Review" />}
      {error && !data && <div className="px-6"><ErrorNote title="The worktree could not be read" error={error} onRetry={() => void refetch()} /></div>}
      {!data && !error && <div className="px-6"><Skeleton label="Reading the worktree" /></div>}
      {data && !worktree && <div className="px-6">{props.gone}</div>}
      {data && worktree && <Review {...props} all={data} worktree={worktree} />}
    </main>
  )
}

function Review({ all, worktree, diff, tools, commit, missing, progress, pull, onRemove }: ReviewPageProps & { all: Overview; worktree: WorktreeOverview }) {
  const [part, setPart] = useState<'changes' | 'merge'>('changes')
  const workspace = all.workspaces.find(({ workspaceId }) => workspaceId === worktree.workspaceId)
  const agent = all.agents.find(({ worktreeId }) => worktreeId === worktree.id)
  return (
    <>
      <PageHead
        title={worktree.branch}
        crumbs={
          <Crumb>
            <Link to="/w/$workspaceId" params={{ workspaceId: worktree.workspaceId }} className="hover:text-fg0">
              {visibleName(workspace?.name ?? 'workspace')}
            </Link>
          </Crumb>
        }
        mark={
          agent && (
            <span className="min-w-0 max-sm:hidden">
              <StatusPart agent={agent} look="head">
                <StatusLine agent={agent} />
              </StatusPart>
            </span>
          )
        }
      >
        <span className="max-sm:hidden">
          <PlusMinus {...sizeOf(worktree)} isColoured />
        </span>
        {worktree.missing === undefined && tools}
      </PageHead>
      {worktree.missing !== undefined ? (
        <div className="px-6 max-sm:px-4">{missing}</div>
      ) : (
        <Parts part={part} setPart={setPart} diff={diff}>
          <MergeRail worktree={worktree} all={all} title={agent?.name ?? worktree.branch} commit={commit} progress={progress} pull={pull} onRemove={onRemove} />
        </Parts>
      )}
    </>
  )
}

type PartsProps = { part: 'changes' | 'merge'; setPart: (part: 'changes' | 'merge') => void; diff: ReactNode; children: ReactNode }

/** The diff and the way onto base: beside each other, or one of them. */
function Parts({ part, setPart, diff, children }: PartsProps) {
  return (
    <>
      <div className="hidden h-9 shrink-0 border-b border-line px-2 max-md:block">
        <Tabs
          label="Parts of the review"
          tabs={[
            { id: 'changes', label: 'Changes' },
            { id: 'merge', label: 'Merge' },
          ]}
          current={part}
          onChange={setPart}
        />
      </div>
      <div className="flex min-h-0 flex-1">
        <div className={`flex min-w-0 flex-1 flex-col ${part === 'changes' ? '' : 'max-md:hidden'}`}>{diff}</div>
        <aside aria-label="Merge" className={`flex w-[312px] shrink-0 flex-col border-l border-line max-md:w-full max-md:border-l-0 ${part === 'merge' ? '' : 'max-md:hidden'}`}>
          {children}
        </aside>
      </div>
    </>
  )
}

type MergeRailProps = { worktree: WorktreeOverview; all: Overview; title: string; commit: ReactNode; progress: ReactNode; pull: ReactNode; onRemove: (worktree: WorktreeOverview) => void }

function MergeRail({ worktree, all, title, commit, progress, pull, onRemove }: MergeRailProps) {
  const plan = useQuery(planQuery(worktree.workspaceId))
  const row = planRowOf(plan.data, worktree.id)
  const excluded = plan.data?.excluded.find(({ worktreeId }) => worktreeId === worktree.id)
  const landed = useLandings(worktree.workspaceId).filter(({ worktreeId }) => worktreeId === worktree.id)
  const agentId = all.agents.find(({ worktreeId }) => worktreeId === worktree.id)?.id
  const base = plan.data?.baseRef.replace(/^refs\/heads\//, '') ?? 'base'
  const isBase = !worktree.isDetached && worktree.branch === base
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto pt-1 pb-4">
        <div className="pr-4 pl-2.5">{progress}</div>
        {plan.error && !plan.data && <div className="px-4"><ErrorNote title="The way to its base could not be read" error={plan.error} onRetry={() => void plan.refetch()} /></div>}
        {!plan.data && !plan.error && <div className="px-4"><Skeleton label="Comparing with base" /></div>}
        {plan.data && !row && <div className="px-4"><Landed workspaceId={worktree.workspaceId} all={all} has={({ worktreeId, undoneAt }) => worktreeId === worktree.id && undoneAt === undefined} /></div>}
        {excluded && landed.length === 0 && (
          <div className="flex flex-col items-start gap-2.5 px-4 py-3">
            <p className="text-fg1">{isBase ? `This is ${visibleName(base)} itself: other worktrees land on it.` : `Cannot land now: ${visible(excluded.why)}.`}</p>
            {commit}
          </div>
        )}
        {excluded && !worktree.isMain && <ChecksStage worktree={worktree} />}
        {row && <Stages worktree={worktree} row={row} base={base} title={title} commit={commit} agentId={agentId} />}
        <RadarList worktree={worktree} all={all} />
        {pull}
      </div>
      {!worktree.isMain && (
        <div data-foot="" className="flex justify-end border-t border-line px-4 py-2 max-md:pb-4">
          <Button isSmall look="danger" onClick={() => onRemove(worktree)}>
            Remove worktree…
          </Button>
        </div>
      )}
    </>
  )
}

const hows = [
  { id: 'squash', label: 'Squash' },
  { id: 'merge', label: 'Merge' },
  { id: 'ff', label: 'Fast-forward' },
] as const satisfies readonly { id: LandHow; label: string }[]

type StagesProps = { worktree: WorktreeOverview; row: LandingPlanRow; base: string; title: string; commit: ReactNode; agentId: string | undefined }

function Stages({ worktree, row, base, title, commit, agentId }: StagesProps) {
  const { workspaceId, id: worktreeId, branch } = worktree
  const queue = useLandQueue(workspaceId)
  const progress = queue.progress.get(worktreeId)
  const [how, setHow] = useState<LandHow>('squash')
  const [ignoresChecks, setIgnores] = useState(false)
  const draft = useDraft(`land.${worktree.id}`)
  const message = draft.text === '' ? title : draft.text
  const { isRunning } = queue
  const { headId } = row
  const start = () => void land([{ workspaceId, worktreeId, branch, baseRef: base, headId, how, message, ignoreChecks: ignoresChecks, onLanded: () => draft.take(draft.text) }])
  const part = useRef<HTMLDivElement>(null)
  const isInMerge = (worktree.conflicted ?? 0) > 0
  const canStart = !isRunning && !isInMerge && progress?.state !== 'landed'
  // In a field only if it is one of these: Ctrl Enter in a comment or in a search is theirs.
  useKeys('page', [{ keys: 'Ctrl+Enter', label: 'land', run: start }], { isOn: canStart })
  useKeys('item', [{ keys: 'Ctrl+Enter', label: 'land', inFields: true, isQuiet: true, run: start }], { isOn: canStart, within: part })
  const needsChecks = row.unmetChecks > 0 && !ignoresChecks
  return (
    <div ref={part}>
      <BaseStage worktree={worktree} row={row} base={base} progress={progress} agentId={agentId} />
      <ChecksStage worktree={worktree} row={row} progress={progress} />
      <Stage look={stepsOf(row, progress).land.look} title={`Land on ${visibleName(base)}`} isLast>
        <Segments label="How it lands" tabs={hows} current={how} onChange={setHow} />
        {how !== 'ff' && (
          <textarea
            aria-label="Commit message"
            value={draft.text === '' ? title : draft.text}
            onChange={(event) => draft.set(event.target.value)}
            rows={5}
            className="my-2 w-full rounded-md border border-ctl bg-bg0 px-2.5 py-2 font-mono text-sm leading-[18px]"
          />
        )}
        {row.unmetChecks > 0 && <Check label="Land although a check has not passed" isChecked={ignoresChecks} onChecked={setIgnores} />}
        {row.isDirty && (
          <div className="mt-1 flex flex-wrap items-center gap-2">
            <p className="text-sm text-wait">{isInMerge ? 'Resolve the conflicts and commit, or abort the merge: until then nothing lands.' : 'Changes that are not committed do not land: commit them first.'}</p>
            {commit}
          </div>
        )}
        <div className="mt-2">
          <LandingNote progress={progress} workspaceId={workspaceId} />
          {progress?.state === 'landed' ? (
            <UndoLanding landing={progress.landing}>Undo the landing</UndoLanding>
          ) : (
            <Button look="solid" keys="Ctrl+Enter" disabled={!canStart} onClick={start}>
              {isRunning ? (progress || queue.waiting.has(worktreeId) ? 'Landing' : 'Another one is landing') : needsChecks ? 'Land when checks pass' : 'Land'}
            </Button>
          )}
        </div>
      </Stage>
    </div>
  )
}
