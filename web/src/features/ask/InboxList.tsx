import { Link } from '@tanstack/react-router'
import type { Ask } from '~/api/generated'
import { resultOf, isDenied, objectOf } from '~/features/ask/words'
import type { Need } from '~/features/ask/use-inbox'
import { usePlace } from '~/features/ask/use-place'
import { formatAge, sentence } from '~/lib/format'
import type { Stall } from '~/lib/stall'
import { useTimedText } from '~/lib/clock'
import { reasonText, wordOf } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { visible, visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { SelectBox } from '~/ui/SelectBox'

type NeedRowProps = {
  need: Need
  isOpen: boolean
  isChosen: boolean
  /** Selected, alone or with others. */
  isMarked: boolean
  onChoose: () => void
  onMark: (isRange: boolean) => void
}

/** An ask or a failure in two lines. Its glyph is also the box with which it is selected. */
export function NeedRow({ need, isOpen, isChosen, isMarked, onChoose, onMark }: NeedRowProps) {
  const isAsk = need.kind === 'ask'
  const place = usePlace(isAsk ? need.ask : { subjectId: need.agent.id, worktreeId: need.agent.worktreeId })
  const name = visibleName(place.agent?.name ?? 'An agent')
  const { text, isCode } = isAsk ? objectOf(need.ask) : { text: visible(reasonText(need.agent) || 'It failed.'), isCode: false }
  return (
    <li
      data-need={need.id}
      aria-current={isChosen || undefined}
      className={`relative grid h-14 grid-cols-[22px_minmax(0,1fr)] content-center rounded-md p-2 has-[button:focus-visible]:outline-2 has-[button:focus-visible]:-outline-offset-2 has-[button:focus-visible]:outline-accent ${isChosen ? 'bg-bg4' : 'hover:bg-bg3'} ${isMarked ? 'edge-accent' : ''}`}
    >
      <span className="relative z-1 mt-[3px]">
        <StatusGlyph look={!isOpen ? 'finished' : isAsk ? 'waiting' : 'error'} word={!isOpen ? 'Settled' : isAsk ? 'Needs you' : wordOf(need.agent.statusReason)} />
        {isOpen && <SelectBox label={`Select ${name}: ${text}`} isOn={isMarked} onSelect={onMark} />}
      </span>
      <button type="button" onClick={onChoose} data-row="" className="min-w-0 text-left outline-none after:absolute after:inset-0 after:rounded-md">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
          <Age at={need.at} />
        </span>
        <span className={`mt-0.5 block truncate text-sm text-fg1 ${isCode ? 'font-mono' : ''}`}>{isOpen ? text : `Settled: ${text}`}</span>
      </button>
    </li>
  )
}

/** Nothing can be stored, which holds every agent up: what, since when, and the way on. */
export function StallRow({ since, message, isFull }: Stall) {
  return (
    <li className="relative grid grid-cols-[22px_minmax(0,1fr)] rounded-md p-2 edge-err">
      <StatusGlyph look="error" word="Muster" className="mt-[3px]" />
      <div className="min-w-0">
        <p className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate font-medium">Nothing can be stored</span>
          <Age at={since} />
        </p>
        <p className="mt-0.5 text-sm text-fg1 [overflow-wrap:anywhere]">{visible(sentence(message))}</p>
        <Link to={isFull ? '/recovery' : '/doctor'} className="hit mt-1 inline-block text-sm text-accent hover:underline">
          {isFull ? 'Make room on the page Recovery' : 'See the checks of Doctor'}
        </Link>
      </div>
    </li>
  )
}

type AnsweredRowProps = { ask: Ask; isChosen: boolean; onChoose: () => void }

/** One line of those that were answered: what, by whom or by a rule, and when. */
export function AnsweredRow({ ask, isChosen, onChoose }: AnsweredRowProps) {
  const { text, isCode } = objectOf(ask)
  const ago = useTimedText((now) => formatAge(now - Date.parse(ask.answeredAt ?? ask.createdAt)))
  return (
    <li aria-current={isChosen || undefined} className={`rounded-md ${isChosen ? 'bg-bg4' : 'hover:bg-bg3'}`}>
      <button type="button" onClick={onChoose} title={ask.rule && visibleName(ask.rule)} className="touch grid h-7 w-full grid-cols-[22px_minmax(0,1fr)_auto] items-center px-2 text-left">
        <StatusGlyph look={isDenied(ask) ? 'error' : 'finished'} className="text-fg2!" />
        <span className={`truncate text-fg1 ${isCode ? 'font-mono text-sm' : ''}`}>{text}</span>
        <span className="pl-3 text-sm text-fg2">
          {resultOf(ask)}, {ago}
        </span>
      </button>
    </li>
  )
}
