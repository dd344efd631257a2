import { useState } from 'react'
import type { Script, ScriptKind } from '~/api/generated'
import { useFormTexts } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { SaveDialog } from '~/features/workspace-settings/SaveDialog'
import { kindTexts, scriptKinds } from '~/features/workspace-settings/script-text'
import { Choice, TextArea, TextField } from '~/ui/Field'
import { toast } from '~/ui/toasts'

type ScriptDialogProps = { workspaceId: string; script?: Script; kind: ScriptKind; onClose: () => void }

const mostName = 100

export function ScriptDialog({ workspaceId, script, kind: first, onClose }: ScriptDialogProps) {
  const [kind, setKind] = useState(first)
  const { texts, set, drop } = useFormTexts(`script/${script?.id ?? workspaceId}`, { name: script?.name ?? '', command: script?.command ?? '', seconds: script ? String(script.timeoutSeconds) : '' })
  const { name, command, seconds } = texts
  function leave() {
    drop()
    onClose()
  }
  const create = useAct('create_script', leave)
  const update = useAct('update_script', () => {
    toast('Saved. A run that has begun is not affected.')
    leave()
  })
  const act = script ? update : create
  const isSeconds = /^\d*$/.test(seconds.trim())
  const isReady = name.trim() !== '' && command.trim() !== '' && isSeconds
  function submit() {
    const values = { workspaceId, name: name.trim(), command, ...(seconds.trim() !== '' && { timeoutSeconds: Number(seconds) }) }
    if (script) update.mutate({ ...values, scriptId: script.id })
    else create.mutate({ ...values, kind })
  }
  return (
    <SaveDialog edited={script?.name} noun="a script" failed="The script was not saved" act={act} isReady={isReady} onSubmit={submit} onClose={leave}>
      {!script && (
        <div>
          <Choice label="Kind" value={kind} onValue={setKind} options={scriptKinds.map((value) => ({ value, label: kindTexts[value].word, hint: kindTexts[value].text }))} />
        </div>
      )}
      <TextField label="Name" maxLength={mostName} value={name} onText={(text) => set({ name: text })} error={act.error?.details['name']?.[0]} />
      <TextArea
        label="Command"
        isMono
        rows={6}
        spellCheck={false}
        value={command}
        onText={(text) => set({ command: text })}
        hint="Run by /bin/sh -c in the worktree."
        error={act.error?.details['command']?.[0]}
      />
      <TextField
        label="Time limit in seconds"
        inputMode="numeric"
        value={seconds}
        onText={(text) => set({ seconds: text })}
        hint={kind === 'teardown' ? '1 to 600. It is stopped with its whole process tree.' : 'Empty: the default; 0: no limit. It is stopped with its whole process tree.'}
        error={isSeconds ? act.error?.details['timeoutSeconds']?.[0] : 'Type a whole number.'}
      />
      {script?.isProposed && <p className="text-sm text-fg1">It came from the repository’s file. A change makes it your own.</p>}
    </SaveDialog>
  )
}
