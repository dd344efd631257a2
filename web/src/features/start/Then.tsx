import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { readQuery } from '~/api/live'
import type { Start } from '~/features/start/use-start'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'

function Mono({ children }: { children: string }) {
  return <span className="font-mono text-sm">{visibleName(children)}</span>
}

/** `a, b and c`. */
function listed(parts: readonly ReactNode[]): ReactNode {
  return parts.map((part, n) => (
    <span key={n}>
      {n > 0 && (n === parts.length - 1 ? ' and ' : ', ')}
      {part}
    </span>
  ))
}

/** In a sentence, what will happen on disk. */
export function Then({ start }: { start: Start }) {
  const { target, chosen, main, choices } = start
  const isNew = target !== undefined && 'worktrees' in target
  const there = choices.where === 'none' ? main : chosen
  return (
    <div className="grid grid-cols-[64px_minmax(0,1fr)] border-t border-line px-5 py-2.5 text-sm leading-5 text-fg1">
      <span className="text-fg2">Then</span>
      <p className="min-w-0 [overflow-wrap:anywhere]">
        {isNew && <NewOnes start={start} />}
        {!isNew && target && there && (
          <>
            Works in <Mono>{there.path}</Mono> on <Mono>{there.branch}</Mono>
            {choices.where === 'none' ? ', the repository’s own folder: nothing is created.' : ': nothing is created.'}
          </>
        )}
        {!target && (start.isUnborn ? 'Nothing yet: the repository needs a first commit.' : 'Nothing yet: say where.')} <Prompted start={start} />
      </p>
    </div>
  )
}

function NewOnes({ start: { workspace, workspaceId = '', names, base, isOld } }: { start: Start }) {
  const patterns = useQuery(readQuery('get_copied_files', { workspaceId })).data?.patterns ?? []
  const scripts = useQuery(readQuery('list_scripts', { workspaceId, kind: 'setup' })).data?.scripts ?? []
  const path = workspace?.path ?? ''
  const old = names.filter(isOld)
  return (
    <>
      Creates{' '}
      {listed(
        names.map((name) => (
          <Mono key={name}>{`${path}-${name.replaceAll('/', '-')}`}</Mono>
        )),
      )}
      {old.length === 0 ? (
        <>
          {' '}
          on {names.length > 1 ? 'branches of these names' : <Mono>{names[0] ?? ''}</Mono>}
          {base !== undefined && (
            <>
              {' '}
              from <Mono>{base}</Mono>
            </>
          )}
        </>
      ) : (
        <>
          {' '}
          on <Mono>{names[0] ?? ''}</Mono>, which is there already
        </>
      )}
      {patterns.length > 0 && (
        <>
          , copies{' '}
          {listed(
            patterns.slice(0, 3).map((pattern) => (
              <Mono key={pattern}>{pattern}</Mono>
            )),
          )}
          {patterns.length > 3 && ` and ${patterns.length - 3} more`}
        </>
      )}
      {scripts.length > 0 && (
        <>
          , runs{' '}
          {listed(
            scripts.slice(0, 3).map(({ id, command }) => (
              <Mono key={id}>{command.split('\n')[0] ?? ''}</Mono>
            )),
          )}
        </>
      )}
      .
    </>
  )
}

/** Whether it starts, and as what. */
function Prompted({ start: { draft, cli, attempts } }: { start: Start }) {
  const who = cli?.name ?? 'the agent'
  if (draft.text.trim() === '') return <>Without a prompt, {who} is created and waits.</>
  return <>{attempts > 1 ? `Starts ${plural(attempts, 'agent')}, each in its own.` : `Starts ${who} there.`}</>
}
