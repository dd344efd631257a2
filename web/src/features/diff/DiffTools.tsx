import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { gitQuery } from '~/api/workspace-queries'
import { baseQuery } from '~/api/workspace-settings'
import { CommitDialog } from '~/features/diff/CommitDialog'
import type { DiffPlace } from '~/features/diff/DiffPane'
import { checkpointsQuery } from '~/features/diff/queries'
import { againstWords, checkpointWords, type Against } from '~/features/diff/sides'
import { useRemote } from '~/features/diff/use-remote'
import { useDiffView } from '~/features/diff/view'
import { formatMinute, plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Menu, type MenuItem } from '~/ui/Menu'

type DiffToolsProps = {
  workspaceId: string
  worktreeId: string
  /** Its name is proposed as the commit's message. */
  agentId?: string | undefined
  against: Against
  onNavigate: (place: DiffPlace) => void
}

/** For the head of the pane or page that shows a diff: what is compared, how it is shown, and what becomes of it. */
export function DiffTools({ workspaceId, worktreeId, agentId, against, onNavigate }: DiffToolsProps) {
  return (
    <>
      <GitMenu workspaceId={workspaceId} worktreeId={worktreeId} agentId={agentId} />
      <ViewMenu />
      <AgainstMenu workspaceId={workspaceId} worktreeId={worktreeId} against={against} onNavigate={onNavigate} />
    </>
  )
}

function AgainstMenu({ workspaceId, worktreeId, against, onNavigate }: DiffToolsProps) {
  const base = useQuery(baseQuery(workspaceId)).data?.branch
  const checkpoints = useQuery(checkpointsQuery(workspaceId, worktreeId)).data?.checkpoints ?? []
  const choice = (to: Against, label: string, hint?: string): MenuItem => ({ label, isOn: to === against, run: () => onNavigate({ against: to }), ...(hint !== undefined && { hint }) })
  const taken = checkpoints.filter(({ state }) => state === 'taken').slice(0, 20)
  const items: MenuItem[] = [
    choice('base', `Against ${visibleName(base ?? 'its base')}`, 'Everything since this branch left it'),
    choice('head', 'Against HEAD', 'Everything since the last commit'),
    choice('unstaged', 'Not staged'),
    choice('staged', 'Staged', 'What the next commit has'),
    ...(taken.length > 0 ? (['line', { heading: 'Since a checkpoint' }] as const) : []),
    ...taken.map((checkpoint) => choice(checkpoint.id, `${sentenceOf(checkpointWords(checkpoint))}, ${formatMinute(checkpoint.at)}`)),
  ]
  return (
    <Menu
      label="What is compared"
      isSmall
      text={
        <>
          {visibleName(againstWords(against, base, checkpoints))}
          <Icon name="down" className="size-3" />
        </>
      }
      items={items}
    />
  )
}

const sentenceOf = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

function ViewMenu() {
  const view = useDiffView()
  return (
    <Menu
      label="How it is shown"
      isSmall
      icon="filter"
      items={[
        { label: 'Ignore white space', keys: 'I', isOn: view.isSpaceIgnored, run: view.toggleSpace },
        { label: 'Wrap lines', keys: 'W', isOn: view.isWrapped, run: view.toggleWrap },
      ]}
    />
  )
}

function GitMenu({ workspaceId, worktreeId, agentId }: Omit<DiffToolsProps, 'against' | 'onNavigate'>) {
  const ids = { workspaceId, worktreeId }
  const git = useQuery(gitQuery(workspaceId, worktreeId)).data
  const remote = useRemote(ids)
  const [isCommitting, setCommitting] = useState(false)
  if (remote.running)
    return (
      <span role="status" className="flex items-center gap-1 text-sm whitespace-nowrap text-fg1">
        {remote.running}
        <Button isSmall look="quiet" onClick={remote.cancel}>
          Cancel
        </Button>
      </span>
    )
  const { ahead = 0, behind = 0, upstream, isDetached = false } = git ?? {}
  const noBranch = isDetached ? 'HEAD is detached: there is no branch to push' : undefined
  const items: MenuItem[] = [
    { label: 'Commit…', icon: 'check', isOff: git?.isClean === true && !git.head ? 'There is nothing to commit' : undefined, run: () => setCommitting(true) },
    'line',
    { label: ahead > 0 && upstream !== undefined ? `Push ${plural(ahead, 'commit')}` : 'Push', hint: pushHint(upstream), isOff: noBranch, run: () => remote.push(upstream === undefined) },
    { label: behind > 0 ? `Pull ${plural(behind, 'commit')}` : 'Pull', isOff: upstream === undefined ? 'This branch has no upstream yet' : undefined, run: remote.pull },
    { label: 'Fetch', run: remote.fetch },
  ]
  const words = [ahead > 0 && `↑${ahead}`, behind > 0 && `↓${behind}`].filter(Boolean).join(' ')
  return (
    <>
      <Menu
        label={git === undefined ? 'Commit and push' : `Commit and push: ${ahead} ahead, ${behind} behind`}
        isSmall
        icon="branch"
        {...(words && { text: words })}
        items={items}
      />
      {isCommitting && git && <CommitDialog ids={ids} git={git} agentId={agentId} onClose={() => setCommitting(false)} />}
    </>
  )
}

function pushHint(upstream: string | undefined): string {
  return upstream === undefined ? 'Makes the branch on the remote' : `To ${visibleName(upstream)}`
}
