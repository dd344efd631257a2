import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { WorkspaceDetail } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { FieldRow } from '~/ui/FieldRow'
import { toastUndo } from '~/ui/toasts'

const box = 'touch h-7 rounded-md border border-ctl bg-bg0 px-2 text-fg0 focus-visible:outline-2 focus-visible:outline-offset-0'

export function WorkspaceName({ workspace }: { workspace: WorkspaceDetail }) {
  const { id: workspaceId, name } = workspace
  const [typed, setTyped] = useState<string>()
  const undo = useAct('update_workspace', undefined, 'toasted')
  const rename = useAct('update_workspace', () => {
    setTyped(undefined)
    toastUndo(`Renamed ${visibleName(name)}`, () => undo.mutateAsync({ workspaceId, name }))
  })
  function commit() {
    const next = typed?.trim()
    if (next && next !== name) rename.mutate({ workspaceId, name: next })
    else setTyped(undefined)
  }
  return (
    <FieldRow
      isWide
      title={
        <label htmlFor="workspace-name" className="font-medium">
          Name
        </label>
      }
      text={<span className="font-mono [overflow-wrap:anywhere]">{visibleName(workspace.path)}</span>}
      error={
        rename.error && (
          <p id="workspace-name-error" role="alert" className="mt-1 text-sm text-err">
            {visible(sentence(rename.error.message))}
          </p>
        )
      }
    >
      <input
        id="workspace-name"
        autoComplete="off"
        value={typed ?? name}
        aria-invalid={rename.isError || undefined}
        aria-describedby={rename.isError ? 'workspace-name-error' : undefined}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Enter') commit()
          if (event.key === 'Escape') setTyped(undefined)
        }}
        className={`${box} w-60 max-w-full max-sm:w-full`}
      />
    </FieldRow>
  )
}

/** Opening the folder again brings everything back: that is its undo. */
export function CloseWorkspace({ workspace }: { workspace: WorkspaceDetail }) {
  const { id: workspaceId, name, path } = workspace
  const navigate = useNavigate()
  const open = useAct('create_workspace', undefined, 'toasted')
  const close = useAct('delete_workspace', () => {
    toastUndo(`Closed ${visibleName(name)}`, () => open.mutateAsync({ path }))
    void navigate({ to: '/' })
  })
  return (
    <FieldRow
      title={<span className="font-medium">Close this workspace</span>}
      text="Muster no longer shows it. Files, worktrees, agents and their transcripts stay; opening the folder again brings everything back."
      error={close.error && <ErrorNote title="The workspace was not closed" error={close.error} />}
    >
      <Button look="danger" isOff={close.isPending} onClick={() => close.mutate({ workspaceId })}>
        {close.isPending ? 'Closing' : 'Close'}
      </Button>
    </FieldRow>
  )
}
