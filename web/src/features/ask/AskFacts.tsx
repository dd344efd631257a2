import { useMemo, type ReactNode } from 'react'
import { useByteCount } from '~/features/ask/AskBytes'
import { reachOf } from '~/features/ask/reach'
import type { AskForm } from '~/features/ask/use-ask-form'
import { grantsOf } from '~/lib/grants'
import { visible, visibleName } from '~/lib/visible'

function useReach({ ask, place, edited }: AskForm) {
  const { path } = place.worktree ?? {}
  const input = edited ?? ask.input
  return useMemo(() => reachOf(input, path), [input, path])
}

export function useGrants({ ask }: AskForm): string[] {
  return useMemo(() => grantsOf(ask.suggestions), [ask.suggestions])
}

/** The folder in which the call runs, whole: whose it is belongs to what is approved. */
export function folderOf({ place }: AskForm): string | undefined {
  return place.worktree === undefined ? undefined : visibleName(place.worktree.path)
}

/** Within the folder of the call, relative to it. */
export function pathOf({ view, place }: AskForm): string | undefined {
  const { path } = view
  const root = place.worktree?.path
  if (path === undefined) return undefined
  return visibleName(root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path)
}

/** In one line below the bytes: what was shown, what it reaches, which rule saw it. */
export function FactsLine({ form }: { form: AskForm }) {
  const bytes = useByteCount(form)
  const reach = useReach(form)
  const { ask, view, isSeen } = form
  const parts = [
    isSeen ? `All ${bytes} shown.` : `${bytes}, not all of them shown.`,
    ...(view.note === undefined ? [] : [view.note]),
    ...reach.map(({ what, by }) => `Reaches ${what}, by ${by}.`),
    ask.rule === undefined ? 'No rule covered it.' : `The rule “${ask.rule}” leaves it to you.`,
  ]
  return <p className="text-sm [overflow-wrap:anywhere] text-fg2">{visible(parts.join(' '))}</p>
}

/** Why it is wanted: in the agent's words, and in the CLI's. */
export function Why({ form }: { form: AskForm }) {
  const { ask, view } = form
  const texts = [view.why, ask.reason].filter((text) => text !== undefined && text !== '')
  if (texts.length === 0) return null
  return <p className="line-clamp-4 text-sm [overflow-wrap:anywhere] text-fg1">{visible(texts.join(' · '))}</p>
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-fg2">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  )
}

/** The same as a list, where there is room. */
export function FactsList({ form }: { form: AskForm }) {
  const bytes = useByteCount(form)
  const reach = useReach(form)
  const { ask, view, isSeen } = form
  const folder = folderOf(form)
  const file = pathOf(form)
  const why = [view.why, ask.reason].filter((text) => text !== undefined && text !== '')
  return (
    <dl className="grid grid-cols-[92px_minmax(0,1fr)] gap-y-1 max-sm:grid-cols-[72px_minmax(0,1fr)]">
      {folder && (
        <Row name="Folder">
          <span className="font-mono text-sm leading-5">{folder}</span>
        </Row>
      )}
      {file !== undefined && (
        <Row name="File">
          <span className="font-mono text-sm leading-5" title={visibleName(view.path ?? '')}>
            {file}
          </span>
        </Row>
      )}
      {why.length > 0 && <Row name="Why">{visible(why.join(' · '))}</Row>}
      {reach.map(({ what, by }) => (
        <Row key={what} name="Reaches">
          {visibleName(what)}, by <span className="font-mono text-sm leading-5">{visibleName(by)}</span>
        </Row>
      ))}
      <Row name="Shown">
        {isSeen ? `all ${bytes}; your answer holds for exactly these` : `not all of ${bytes}`}
        {view.note !== undefined && <span className="text-fg2"> {view.note}</span>}
      </Row>
      <Row name="Rule">{ask.rule === undefined ? <span className="text-fg1">none covered it</span> : <>“{visibleName(ask.rule)}” leaves it to you</>}</Row>
    </dl>
  )
}
