import type { ReactNode } from 'react'
import { useCommand } from '~/api/use-command'
import type { AnyRow, Names } from '~/features/recovery/rows'
import { visibleName } from '~/lib/visible'
import { CopyButton } from '~/ui/CopyButton'
import { Menu } from '~/ui/Menu'

export function DetailTitle({ row: { title, name } }: { row: AnyRow }) {
  return (
    <h2 className="leading-7 font-semibold [overflow-wrap:anywhere]">
      {visibleName(title)} {name !== undefined && <span className="font-mono font-normal">{visibleName(name)}</span>}
    </h2>
  )
}

export function Prose({ children }: { children: ReactNode }) {
  return <p className="text-sm leading-[18px] text-fg1 [overflow-wrap:anywhere]">{children}</p>
}

/** The same act in a terminal. */
export function SameAs({ words }: { words: string }) {
  const command = useCommand(words)
  if (command === undefined) return null
  return (
    <div className="mt-4">
      <p className="text-sm text-fg2">Same as</p>
      <p className="flex items-start gap-1">
        <code className="min-w-0 font-mono text-sm leading-5 [overflow-wrap:anywhere] text-fg1">{command}</code>
        <CopyButton text={command} label="Copy the command" />
      </p>
    </div>
  )
}

type TargetProps = { names: Names; workspaceId: string; value: string | undefined; onValue: (worktreeId: string) => void }

/** Another worktree of the workspace, where its own is gone. */
export function Target({ names, workspaceId, value, onValue }: TargetProps) {
  const all = [...names.worktrees.values()].filter((worktree) => worktree.workspaceId === workspaceId)
  const chosen = value === undefined ? undefined : names.worktrees.get(value)
  if (all.length === 0) return <Prose>Its workspace has no worktree to restore into. Open the workspace first.</Prose>
  return (
    <div className="my-3 flex items-center gap-2">
      <span className="text-sm text-fg2">Into</span>
      <Menu
        label="Worktree to restore into"
        text={chosen ? visibleName(chosen.name) : 'Choose a worktree'}
        look="plain"
        items={all.map(({ id, name, branch }) => ({ label: visibleName(name), hint: visibleName(branch), isOn: id === value, run: () => onValue(id) }))}
      />
    </div>
  )
}
