import { useQuery } from '@tanstack/react-query'
import type { Rule, RuleCreate, RuleDecision, RuleTried } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { valuesOf } from '~/api/rule-acts'
import { useFormDraft } from '~/api/ui-state'
import { useAct, useIsMounted } from '~/api/use-act'
import { useFormKeys } from '~/features/ask/use-form-keys'
import { useScopeText } from '~/features/ask/RuleRow'
import { newRule, parseRule } from '~/features/ask/rule-values'
import { TriedList } from '~/features/ask/TriedList'
import { useTry } from '~/features/ask/use-rule'
import { formatNumber, plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Choice, TextField } from '~/ui/Field'
import { ErrorNote } from '~/ui/ErrorNote'
import { Menu, type MenuItem } from '~/ui/Menu'
import { toast } from '~/ui/toasts'

const decisions: readonly { value: RuleDecision; label: string; hint: string }[] = [
  { value: 'allow', label: 'Allow', hint: 'Answers at once, without a person.' },
  { value: 'deny', label: 'Deny', hint: 'Refuses at once; the note is shown to the agent.' },
  { value: 'ask', label: 'Ask', hint: 'A person answers, whatever later rules say.' },
]

type Text = 'tool' | 'command' | 'path' | 'note'

/** An empty field is a value that is not there. */
function withText(rule: RuleCreate, key: Text, text: string): RuleCreate {
  const { [key]: _, ...rest } = rule
  return text.trim() === '' ? rest : { ...rest, [key]: text }
}

function withScope(rule: RuleCreate, scope: Pick<RuleCreate, 'workspaceId' | 'worktreeId' | 'agentId'>): RuleCreate {
  const { workspaceId: _workspace, worktreeId: _worktree, agentId: _agent, ...rest } = rule
  return { ...rest, ...scope }
}

type RuleEditorProps = { rule: Rule | undefined; count: number; onClose: () => void }

/** A rule, and what it would have decided so far: nothing is changed before it is saved. */
export function RuleEditor({ rule, count, onClose }: RuleEditorProps) {
  const written = useFormDraft(`rule/${rule?.id ?? 'new'}`, parseRule)
  const draft = written.value ?? (rule ? valuesOf(rule) : newRule)
  const setDraft = (next: RuleCreate) => written.change(() => next)
  const create = useAct('create_rule')
  const isMounted = useIsMounted()
  const update = useAct('update_rule')
  const position = rule?.position ?? count
  const tryInput = { ...draft, position, ...(rule && { ruleId: rule.id }) }
  const { tried, error: tryError } = useTry(tryInput, undefined, 10)
  const fault = create.error ?? update.error
  const details = { ...(tryError && 'details' in tryError ? fieldsOf(tryError.details) : {}), ...(fault ? fieldsOf(fault.details) : {}) }
  const field = (key: Text) => ({ value: draft[key] ?? '', onText: (text: string) => setDraft(withText(draft, key, text)), error: details[key] })
  function leave() {
    written.drop()
    onClose()
  }
  function save() {
    const done = {
      onSuccess() {
        toast(rule ? 'Rule saved' : 'Rule added')
        written.change((now) => (JSON.stringify(now) === JSON.stringify(draft) ? undefined : now))
        if (isMounted.current) onClose()
      },
    }
    if (rule) update.mutate({ ruleId: rule.id, ...draft }, done)
    else create.mutate(draft, done)
  }
  const part = useFormKeys(leave, save)
  return (
    <div role="group" aria-label={rule ? 'Edit rule' : 'New rule'} className="my-2 border-y border-line py-3" ref={part}>
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 max-sm:grid-cols-1">
        <Choice label="Decision" options={decisions} value={draft.decision} onValue={(decision) => setDraft({ ...draft, decision })} />
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium text-fg1">Where it holds</span>
          <span>
            <Scope draft={draft} onDraft={setDraft} />
          </span>
        </div>
        <TextField label="Tool" hint="As its CLI names it; * stands for any characters." isMono autoFocus {...field('tool')} />
        <TextField label="Note" hint="Why. A denial shows it to the agent." maxLength={1000} {...field('note')} />
        <TextField label="Command" hint="Words: * within a word, ** at the end for further words." isMono {...field('command')} />
        <TextField label="Files" hint="Relative to the worktree: src/** is all below src." isMono {...field('path')} />
      </div>
      {fault && Object.keys(details).length === 0 && <ErrorNote title="The rule was not saved" error={fault} />}
      {tried && <DryRun tried={tried} decision={draft.decision} />}
      <div className="mt-3 flex flex-wrap gap-1">
        <Button look="solid" isOff={create.isPending || update.isPending} keys="Ctrl+Enter" onClick={save}>
          {rule ? 'Save rule' : 'Add rule'}
        </Button>
        <Button look="quiet" keys="Escape" onClick={leave}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

function fieldsOf(details: unknown): Partial<Record<string, string>> {
  if (typeof details !== 'object' || details === null) return {}
  return Object.fromEntries(Object.entries(details).map(([key, texts]) => [key, Array.isArray(texts) ? texts.join(', ') : String(texts)]))
}

type ScopeProps = { draft: RuleCreate; onDraft: (draft: RuleCreate) => void }

function Scope({ draft, onDraft }: ScopeProps) {
  const { data } = useQuery(overviewQuery())
  const text = useScopeText(draft)
  const items: MenuItem[] = [
    { label: 'Everywhere', isOn: text === 'everywhere', run: () => onDraft(withScope(draft, {})) },
    { heading: 'Workspaces' },
    ...(data?.workspaces ?? []).map(({ workspaceId, name }) => ({ label: visibleName(name), isOn: draft.workspaceId === workspaceId, run: () => onDraft(withScope(draft, { workspaceId })) })),
    ...(data && data.agents.length > 0 ? [{ heading: 'Agents' }] : []),
    ...(data?.agents ?? []).slice(0, 100).map(({ id, name }) => ({ label: visibleName(name), isOn: draft.agentId === id, run: () => onDraft(withScope(draft, { agentId: id })) })),
  ]
  return <Menu label="Where the rule holds" look="plain" text={text} items={items} />
}

/** What the rule would have decided over past asks. */
function DryRun({ tried, decision }: { tried: RuleTried; decision: RuleDecision }) {
  const { matched, same, other, earlier, asks, examined } = tried
  const verbs = { allow: ['allowed', 'denied'], deny: ['denied', 'allowed'], ask: ['', ''] }[decision]
  const people = decision === 'ask' || matched === 0 ? '' : `: people ${verbs[0]} ${formatNumber(same)} and ${verbs[1]} ${formatNumber(other)} of them`
  return (
    <div className="mt-3">
      <p role="status" className="text-sm text-fg1">
        Matches {formatNumber(matched)} of {plural(examined, 'past ask')}
        {people}.{earlier > 0 && ` ${formatNumber(earlier)} more are decided by an earlier rule.`}
        {other > 0 && <span className="font-medium text-wait"> It would have decided {formatNumber(other)} otherwise than a person did.</span>}
      </p>
      <TriedList asks={asks} />
    </div>
  )
}
