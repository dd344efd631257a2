import type { ReactNode } from 'react'
import { isThere, wheres } from '~/features/start/choices'
import { Pick } from '~/features/start/Pick'
import { choicesOf } from '~/features/start/profile'
import type { Start } from '~/features/start/use-start'
import { efforts, modes, oneOf } from '~/lib/agent-words'
import { distinctName } from '~/lib/distinct-name'
import { plural } from '~/lib/format'
import { copyText } from '~/ui/CopyButton'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'

export function Row({ title, error, children }: { title: string; error?: string | undefined; children: ReactNode }) {
  return (
    <div className="grid min-h-9 grid-cols-[64px_minmax(0,1fr)] items-baseline border-t border-line px-5 py-1">
      <span className="text-sm leading-7 text-fg2">{title}</span>
      <div>
        <div className="flex flex-wrap items-center gap-1">{children}</div>
        {error !== undefined && (
          <p role="alert" className="py-1 text-sm text-err">
            {visible(error)}
          </p>
        )}
      </div>
    </div>
  )
}

/** A choice among what is there may be long; the rest is found on its own page. */
const mostOptions = 500
const box = 'touch h-7 min-w-0 rounded-md bg-bg3 px-2 text-fg0 placeholder:text-fg1 hover:bg-bg4'

export function WhereRow({ start, error }: { start: Start; error?: string | undefined }) {
  const { overview, workspaceId = '', choices, choose, change, pick, others, chosen, names, field, attempts } = start
  const workspaces = overview?.workspaces ?? []
  const options = wheres.filter(({ value }) => value !== 'existing' || others.length > 0)
  return (
    <Row title="Where" error={error}>
      <Pick
        label="Workspace"
        options={workspaces.slice(0, mostOptions).map((one) => ({ value: one.workspaceId, label: distinctName(one, workspaces) }))}
        value={workspaceId}
        onValue={(id) => choose({ workspaceId: id })}
      />
      <Pick label="Worktree" options={options} value={choices.where} onValue={(value) => choose({ where: oneOf(wheres, value) ?? 'new' })} />
      {choices.where === 'existing' && (
        <Pick label="Which worktree" isMono options={others.slice(0, mostOptions).map(({ id, name }) => ({ value: id, label: name }))} value={chosen?.id ?? ''} onValue={(worktreeId) => pick({ worktreeId })} />
      )}
      {choices.where === 'new' && (
        <>
          <input
            aria-label="Name of the worktree and its branch"
            autoComplete="off"
            spellCheck={false}
            maxLength={255}
            value={field.name ?? (attempts > 1 ? (names[0] ?? '').replace(/-1$/, '') : (names[0] ?? ''))}
            onChange={(event) => change({ name: event.target.value })}
            className={`${box} max-w-full font-mono text-sm [field-sizing:content]`}
          />
          <BasePick start={start} />
        </>
      )}
      {choices.where === 'new' && start.isUnborn && <Unborn onNone={() => choose({ where: 'none' })} />}
    </Row>
  )
}

const firstCommit = 'git commit --allow-empty -m "First commit"'

/** A worktree begins from a commit: what can be done in a repository that has none. */
function Unborn({ onNone }: { onNone: () => void }) {
  return (
    <div role="note" className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 py-1 text-sm text-fg1">
      <span className="min-w-0">This repository has no commit yet, so a worktree has nothing to begin from.</span>
      <Button isSmall onClick={onNone}>
        Work without a worktree
      </Button>
      <Button isSmall look="quiet" onClick={() => void copyText(firstCommit, 'Command copied')} title={firstCommit}>
        Copy the command for an empty first commit
      </Button>
    </div>
  )
}

// The order stays whatever is chosen: arrows would go back and forth between the first two.
function BasePick({ start: { isUnborn, branches, firstBase = '', base, names, isOld, change } }: { start: Start }) {
  if (base === undefined || isUnborn || names.every(isOld)) return null
  const all = [...new Set([firstBase, branches?.current ?? base, ...(branches?.local ?? [])])].filter((branch) => branch !== 'HEAD' || branch === base)
  return <Pick label="Start from" options={all.slice(0, mostOptions).map((branch) => ({ value: branch, label: `from ${branch}` }))} value={base} onValue={(next) => change({ base: next })} />
}

const attemptOptions = (['1', '2', '3', '4'] as const).map((value) => ({ value, label: plural(Number(value), 'attempt') }))

export function WhoRow({ start, error }: { start: Start; error?: string | undefined }) {
  const { clis, cli, isDemo, choices, choose, change, pick, attempts, overview, profiles, profile } = start
  const models = new Set(overview?.agents.flatMap(({ adapter, model }) => (model !== undefined && adapter === cli?.adapter ? [model] : [])))
  return (
    <Row title="Who" error={error}>
      {profiles.length > 0 && (
        <Pick
          label="Launch profile"
          options={[{ value: '', label: 'No profile' }, ...profiles.slice(0, mostOptions).map(({ id, name }) => ({ value: id, label: name }))]}
          value={profile?.id ?? ''}
          onValue={(id) => {
            const next = profiles.find((one) => one.id === id)
            pick({ profileId: next?.id })
            if (next) choose(choicesOf(next))
          }}
        />
      )}
      {cli && (
        <Pick label="CLI" options={clis.map((one) => ({ value: one.adapter, label: isThere(one, isDemo) ? one.name : `${one.name}, not installed` }))} value={cli.adapter} onValue={(adapter) => choose({ adapter })} />
      )}
      <input
        aria-label="Model"
        placeholder="Usual model"
        list="start-models"
        autoComplete="off"
        spellCheck={false}
        maxLength={256}
        value={choices.model}
        onChange={(event) => choose({ model: event.target.value })}
        className={`${box} w-32 font-medium`}
      />
      <datalist id="start-models">
        {[...models].slice(0, 20).map((model) => (
          <option key={model} value={model}>
            {visible(model)}
          </option>
        ))}
      </datalist>
      <Pick label="Mode" options={[{ value: '', label: 'Usual mode' }, ...modes]} value={choices.mode ?? ''} onValue={(mode) => choose({ mode: oneOf(modes, mode) })} />
      <Pick label="Effort" options={[{ value: '', label: 'Usual effort' }, ...efforts]} value={choices.effort ?? ''} onValue={(effort) => choose({ effort: oneOf(efforts, effort) })} />
      {choices.where === 'new' && (
        <Pick label="Attempts" options={attemptOptions} value={oneOf(attemptOptions, String(attempts)) ?? '1'} onValue={(value) => change({ attempts: value })} />
      )}
    </Row>
  )
}
