import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Script, ScriptKind } from '~/api/generated'
import { scriptsQuery } from '~/api/terminal-queries'
import { useAct } from '~/api/use-act'
import { ScriptDialog } from '~/features/workspace-settings/ScriptDialog'
import { kindTexts, scriptKinds, timeText } from '~/features/workspace-settings/script-text'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Menu } from '~/ui/Menu'
import { Skeleton } from '~/ui/Skeleton'
import { toastUndo } from '~/ui/toasts'

type Open = { script?: Script; kind: ScriptKind } | undefined

/** The workspace's scripts, by what they are for. */
export function Scripts({ workspaceId }: { workspaceId: string }) {
  const scripts = useQuery(scriptsQuery(workspaceId))
  const [open, setOpen] = useState<Open>()
  const add = (
    <Button icon="plus" onClick={() => setOpen({ kind: 'setup' })}>
      Add a script
    </Button>
  )
  if (scripts.error) return <ErrorNote title="The scripts could not be read" error={scripts.error} onRetry={() => void scripts.refetch()} />
  if (!scripts.data) return <Skeleton label="Reading the scripts" />
  const all = scripts.data.scripts
  return (
    <>
      {all.length === 0 && (
        <Empty
          title="No script yet."
          text="A setup script prepares each new worktree, a run script starts what you work on, and checks say whether a change may land."
          action={add}
          command={`script create ${workspaceId} check test 'npm test'`}
        />
      )}
      {scriptKinds.map((kind) => (
        <Group key={kind} kind={kind} scripts={all.filter((script) => script.kind === kind)} onEdit={(script) => setOpen({ script, kind })} />
      ))}
      {all.length > 0 && <div className="pt-2">{add}</div>}
      {open && <ScriptDialog workspaceId={workspaceId} {...open} onClose={() => setOpen(undefined)} />}
    </>
  )
}

type GroupProps = { kind: ScriptKind; scripts: readonly Script[]; onEdit: (script: Script) => void }

function Group({ kind, scripts, onEdit }: GroupProps) {
  if (scripts.length === 0) return null
  const { title, text } = kindTexts[kind]
  return (
    <div className="pb-4">
      <h3 className="font-semibold">{title}</h3>
      <p className="pb-1 text-sm text-fg2">{text}</p>
      <ul aria-label={title}>
        {scripts.map((script) => (
          <ScriptRow key={script.id} script={script} onEdit={() => onEdit(script)} />
        ))}
      </ul>
    </div>
  )
}

function ScriptRow({ script, onEdit }: { script: Script; onEdit: () => void }) {
  const { id: scriptId, workspaceId, kind, name, command, timeoutSeconds, isProposed } = script
  const create = useAct('create_script', undefined, 'toasted')
  const remove = useAct(
    'delete_script',
    () => toastUndo(`Deleted ${visibleName(name)}`, () => create.mutateAsync({ workspaceId, kind, name, command, timeoutSeconds })),
    'toasted',
  )
  return (
    <li className="grid min-h-12 grid-cols-[minmax(0,1fr)_auto] items-center gap-3 border-t border-line py-1">
      <div className="min-w-0">
        <p className="truncate">
          <span className="font-medium">{visibleName(name)}</span>
          <span className="text-sm text-fg2">
            {' '}
            {[timeText(timeoutSeconds), isProposed ? 'from the repository' : ''].filter(Boolean).join(', ')}
          </span>
        </p>
        <code className="block truncate font-mono text-sm text-fg1">{visibleName(command.split('\n')[0] ?? '')}</code>
      </div>
      <span className="flex items-center gap-1">
        <Button isSmall look="quiet" onClick={onEdit}>
          Edit<span className="sr-only"> {visibleName(name)}</span>
        </Button>
        <Menu label={`More for ${visibleName(name)}`} icon="more" isSmall items={[{ label: 'Delete', isDanger: true, run: () => remove.mutate({ workspaceId, scriptId }) }]} />
      </span>
    </li>
  )
}
