import { useState, type RefObject } from 'react'
import type { Ask } from '~/api/generated'
import { useFormTexts } from '~/api/ui-state'
import { AskBytes } from '~/features/ask/AskBytes'
import { FactsList } from '~/features/ask/AskFacts'
import { batchOf } from '~/features/ask/batch'
import { proposal, ruleOf } from '~/features/ask/rule-draft'
import { useAskForm } from '~/features/ask/use-ask-form'
import { useBatch, useCovered, type Outcome } from '~/features/ask/use-batch'
import { usePlace } from '~/features/ask/use-place'
import { objectOf, verbOf } from '~/features/ask/words'
import { plural, sentence } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { TextField } from '~/ui/Field'
import { StatusGlyph } from '~/ui/Status'

type BatchSideProps = { within: RefObject<HTMLElement | null>; /** Those that are selected and still open. */ asks: readonly Ask[]; marked: number; onClear: () => void }

/** Several asks that get one answer. They stay listed with their results until the selection ends. */
export function BatchSide({ within, asks, marked, onClear }: BatchSideProps) {
  const [all, setAll] = useState<ReadonlyMap<string, Ask>>(new Map())
  const fresh = asks.filter((ask) => all.get(ask.id)?.digest !== ask.digest)
  if (fresh.length > 0) setAll(new Map([...all, ...fresh.map((ask) => [ask.id, ask] as const)]))
  const known = [...all.values()]
  const [first] = known
  if (!first) return null
  const shown = known.length > marked && asks.length === marked ? asks : known
  return (
    <section data-detail="" tabIndex={-1} aria-label={`${plural(marked, 'ask')} together`} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none max-md:fixed max-md:inset-x-0 max-md:top-10 max-md:bottom-0 max-md:z-30 max-md:bg-bg2">
      <Batch key={shown.map(({ id }) => id).join()} within={within} first={shown[0] ?? first} asks={shown} open={asks} onClear={onClear} />
    </section>
  )
}

type BatchProps = { within: RefObject<HTMLElement | null>; first: Ask; asks: readonly Ask[]; open: readonly Ask[]; onClear: () => void }

function Batch({ within, first, asks, open, onClear }: BatchProps) {
  const batch = batchOf(asks)
  const work = useBatch(asks)
  const form = useAskForm(first)
  const [proposed] = useState(() => proposal(first, form.place.worktree?.path))
  const { texts: { text }, set, drop } = useFormTexts(`rule/${first.id}`, { text: proposed })
  const isPermission = asks.every(({ kind }) => kind === 'permission')
  const isRule = batch.kind === 'different' && isPermission
  const rule = isRule ? ruleOf({ text, scope: 'everywhere' }, first, 'allow') : undefined
  const covered = useCovered(rule, isRule ? asks : [])
  const left = open.filter(({ id }) => !work.outcomes.has(id))
  const reached = left.filter(({ id }) => covered.get(id)?.isCovered)
  const isOff = work.isBusy || !work.isSettled || left.length === 0
  const allow = () => (form.off === undefined ? work.answer(left, { decision: 'allow' }) : undefined)
  const deny = () => work.answer(left, { decision: 'deny' })
  const add = () => rule && reached.length > 0 && work.addRule(rule, reached, drop)
  useKeys('item', batch.kind === 'equal' ? [{ keys: 'a', label: 'allow all', run: allow }, { keys: 'd', label: 'deny all', run: deny }] : [{ keys: 'Ctrl+Enter', label: 'answer', inFields: true, run: () => void add() }], { within })
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 max-sm:px-4">
        <div className="max-w-[768px]">
          <h2 className="text-lg font-semibold">{batch.kind === 'equal' ? `${verbOf(first)}, ${asks.length} times` : `${asks.length} asks together`}</h2>
          {batch.kind === 'equal' ? (
            <>
              <div className="my-3 bg-wait-tint px-4 py-3 font-mono text-md leading-6 edge-wait">
                <AskBytes form={form} isBounded={false} />
              </div>
              <FactsList form={form} />
            </>
          ) : (
            <p className="text-fg1">{batch.why}</p>
          )}
          {isRule && (
            <div className="mt-3">
              <TextField label="Rule, everywhere" isMono value={text} onText={(next) => set({ text: next })} error={rule ? work.ruleError?.message : 'Write it as Tool(pattern) or Tool.'} />
            </div>
          )}
          <ul aria-label="Selected asks" className="mt-4 border-t border-line pt-2">
            {asks.map((ask) => (
              <BatchRow key={ask.id} ask={ask} isRule={isRule} cover={covered.get(ask.id)} outcome={work.outcomes.get(ask.id)} isOpen={open.some(({ id }) => id === ask.id)} />
            ))}
          </ul>
        </div>
      </div>
      <div data-raised="" data-foot="" className="flex min-h-14 shrink-0 flex-wrap items-center gap-2 border-t border-line bg-bg1 px-8 py-3 max-sm:px-4">
        {batch.kind === 'equal' && (
          <>
            <Button look="solid" isOff={isOff || form.off !== undefined} keys="A" onClick={allow}>
              Allow {left.length} once
            </Button>
            <Button look="danger" isOff={isOff} keys="D" onClick={deny}>
              Deny {left.length}
            </Button>
          </>
        )}
        {isRule && (
          <Button look="solid" isOff={isOff || reached.length === 0} keys="Ctrl+Enter" onClick={() => void add()}>
            Allow {reached.length} of {left.length}, add rule
          </Button>
        )}
        <Button look="quiet" keys="Escape" onClick={onClear}>
          Select none
        </Button>
        {form.off !== undefined && batch.kind === 'equal' && left.length > 0 && <span className="text-sm text-fg2">{form.off}</span>}
      </div>
    </>
  )
}

type BatchRowProps = { ask: Ask; isRule: boolean; cover: { isCovered: boolean; why: string } | undefined; outcome: Outcome | undefined; isOpen: boolean }

/** One of them: who, what, whether the rule covers it, and what became of it. */
function BatchRow({ ask, isRule, cover, outcome, isOpen }: BatchRowProps) {
  const { agent } = usePlace(ask)
  const look = outcome ? (outcome.isDone ? 'finished' : 'error') : isOpen ? 'waiting' : 'stopped'
  const words = outcome?.text ?? (!isOpen ? 'settled elsewhere' : !isRule ? '' : cover === undefined ? '' : cover.isCovered ? 'covered' : `not covered: ${cover.why}`)
  return (
    <li className="grid min-h-7 grid-cols-[28px_minmax(0,1fr)] items-start py-1">
      <StatusGlyph look={look} className="mt-[3px]" />
      <div className="min-w-0">
        <p className="flex flex-wrap gap-x-2">
          <span className="font-medium">{visibleName(agent?.name ?? 'An agent')}</span>
          <span role={outcome ? 'status' : undefined} className={`text-sm leading-5 ${cover?.isCovered === false && !outcome ? 'text-wait' : 'text-fg1'}`}>
            {visible(sentence(words))}
          </span>
        </p>
        <p className="line-clamp-3 font-mono text-sm [overflow-wrap:anywhere] text-fg1">{objectOf(ask).text}</p>
      </div>
    </li>
  )
}
