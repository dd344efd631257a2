import { memo } from 'react'
import type { Piece } from '~/lib/pieces'
import { visible } from '~/lib/visible'

const looks: Record<Piece['kind'], { sign: string | undefined; row: string; ink: string }> = {
  plain: { sign: undefined, row: '', ink: '' },
  title: { sign: undefined, row: 'mt-1.5 border-t border-line2 pt-1.5 font-sans', ink: 'text-fg2' },
  context: { sign: ' ', row: '', ink: '' },
  add: { sign: '+', row: 'bg-add', ink: 'text-ok' },
  delete: { sign: '−', row: 'bg-del', ink: 'text-err' },
}

/** Where a browser breaks a line inside of a word: such a word is kept in one piece as long as it fits. */
const isBreakable = /[^\w.,:;'"=@%+*#(){}[\]<>$&|\\^`~ ⟨⟩]/

/** A line breaks at its spaces only, and what is wrapped hangs in by two characters. A real break shows its mark. */
export const BytesLine = memo(function BytesLine({ piece, hasMark }: { piece: Piece; hasMark: boolean }) {
  const { sign, row, ink } = looks[piece.kind]
  const words = visible(piece.text).split(/( +)/)
  return (
    <span className={`flex ${row}`}>
      {sign && <span className={`w-4 shrink-0 whitespace-pre select-none ${ink}`}>{piece.isRest ? ' ' : sign}</span>}
      <span className={`block min-w-0 flex-1 pl-[2ch] -indent-[2ch] [overflow-wrap:anywhere] whitespace-pre-wrap ${sign ? '' : ink}`}>
        {words.map((word, at) =>
          isBreakable.test(word) ? (
            <span key={at} className="inline-block max-w-full indent-0">
              {word}
            </span>
          ) : (
            word
          ),
        )}
        {piece.text === '' && !hasMark && ' '}
        {hasMark && (
          <span className="ml-[1ch] text-fg2 select-none" aria-label="line break">
            ⏎
          </span>
        )}
      </span>
    </span>
  )
})
