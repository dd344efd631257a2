import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { routes } from 'virtual:routes'
import { call } from '~/api/client'
import type { Overview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import type { FieldShape, OpForm } from '~/api/shape-types'
import { useFormTexts } from '~/api/ui-state'
import { useAct, useIsMounted } from '~/api/use-act'
import type { CallError, Input, OpName } from '~/api/wire'
import { commandOf, isDangerous, readForm, titleOf, type Texts } from '~/features/palette/form'
import { FormFields } from '~/features/palette/FormFields'
import { placeOf, usePlace, type Place } from '~/api/on-screen'
import { prettyJson } from '~/lib/json'
import { isTypedName, visible, visibleName } from '~/lib/visible'
import { CopyButton } from '~/ui/CopyButton'
import { Dialog } from '~/ui/Dialog'
import { Command } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { toast } from '~/ui/toasts'

function isOpName(name: string): name is OpName {
  return name in routes
}

/** The form was made from the operation's shape and has checked what it holds. */
function isInput(input: object): input is Input<OpName> {
  return !Array.isArray(input)
}

/** What is on screen is what the operation is about, unless the person says otherwise. */
function startTexts(fields: readonly FieldShape[], place: Place): Texts {
  const known: Readonly<Record<string, string | undefined>> = { ...place }
  const own = fields.map(({ name, kind, isRequired, usual }) => {
    const text = kind === 'id' && isRequired ? known[name] : usual
    return [name, text === undefined ? '' : String(text)]
  })
  return Object.fromEntries(own)
}

/** The thing that a dangerous act is about, by its name: what has to be typed. */
function targetOf({ fields, command }: OpForm, texts: Texts, overview: Overview | undefined): string {
  const id = fields.findLast(({ kind, isRequired }) => kind === 'id' && isRequired)?.name
  const value = id === undefined ? '' : (texts[id] ?? '')
  const named = [...(overview?.agents ?? []), ...(overview?.worktrees ?? [])].find((one) => one.id === value)
  const workspace = overview?.workspaces.find(({ workspaceId }) => workspaceId === value)
  return named?.name ?? workspace?.name ?? (value || command)
}

function useRun(form: OpForm, onDone: (answer: unknown) => void) {
  const name = isOpName(form.name) ? form.name : 'get_system'
  const write = useAct<OpName>(name, onDone)
  const isMounted = useIsMounted()
  const read = useMutation<unknown, CallError, Input<OpName>>({
    mutationFn: async (input) => (await call(name, input)).body,
    onSuccess: onDone,
    meta: { hasPlace: () => isMounted.current },
  })
  return form.isWriting ? write : read
}

/** A form for an operation that has none of its own: made from its shape, checked before it is sent. */
export function OperationForm({ form, onClose }: { form: OpForm; onClose: () => void }) {
  const overview = useQuery(overviewQuery()).data
  const place = usePlace()
  const { texts, set, drop } = useFormTexts(`form/${form.name}`, startTexts(form.fields, place))
  const [isTried, setTried] = useState(false)
  const [typed, setTyped] = useState('')
  const [answer, setAnswer] = useState<unknown>()
  const { input, errors } = readForm(form.fields, texts)
  const target = isDangerous(form) ? targetOf(form, texts, overview) : undefined
  const run = useRun(form, (body) => {
    if (!form.isWriting) return setAnswer(body)
    toast(`${titleOf(form)}: done`)
    leave()
  })
  function leave() {
    drop()
    onClose()
  }
  const refused = Object.fromEntries(Object.entries(run.error?.details ?? {}).map(([name, faults]) => [name, faults.join(', ')]))
  const known = new Set(form.fields.map(({ name }) => name))
  const isElsewhere = run.error && !Object.keys(refused).some((path) => known.has(path.replace(/[.[].*$/, '')))
  function change(path: string, text: string) {
    const around = placeOf({ [path]: text || undefined }, overview)
    const found = path === 'agentId' || path === 'worktreeId' ? Object.entries(around).flatMap(([name, id]) => (known.has(name) && id ? [[name, id]] : [])) : []
    set({ ...Object.fromEntries(found), [path]: text })
  }
  function submit() {
    setTried(true)
    if (Object.keys(errors).length > 0 || (target !== undefined && !isTypedName(typed, target))) return
    if (isInput(input)) run.mutate(input)
  }
  return (
    <Dialog title={titleOf(form)} submit={form.isWriting ? titleOf(form) : 'Read'} isDanger={target !== undefined} isBusy={run.isPending} onSubmit={submit} onClose={leave}>
      <p className="text-fg1">{visible(form.doc)}</p>
      <FormFields fields={form.fields} texts={texts} errors={{ ...refused, ...(isTried ? errors : {}) }} overview={overview} onText={change} />
      {target !== undefined && (
        <TextField label={`Type “${visibleName(target)}” to confirm`} value={typed} onText={setTyped} error={isTried && !isTypedName(typed, target) ? 'Type the name exactly.' : undefined} />
      )}
      {isElsewhere && run.error && <ErrorNote title={`${titleOf(form)} did not work`} error={run.error} />}
      {answer !== undefined && <Answer body={answer} />}
      <p className="flex flex-wrap items-center gap-2 text-sm text-fg2">
        Same as <Command text={commandOf(form, input)} />
      </p>
    </Dialog>
  )
}

const mostShown = 100_000

function Answer({ body }: { body: unknown }) {
  const text = prettyJson(body)
  return (
    <section aria-label="Answer" className="flex flex-col gap-1">
      <div className="flex items-center justify-between">
        <h3 className="text-sm font-medium text-fg1">Answer</h3>
        <CopyButton text={text} label="Copy the answer" />
      </div>
      <pre tabIndex={0} className="max-h-80 overflow-auto rounded-md bg-bg0 p-3 font-mono text-sm leading-5">
        {visible(text.slice(0, mostShown))}
        {text.length > mostShown && '\n… cut here; copy it to have all of it'}
      </pre>
    </section>
  )
}

