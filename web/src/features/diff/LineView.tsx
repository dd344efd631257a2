import { memo } from 'react'
import type { LineRow } from '~/features/diff/rows'
import { segmentsOf } from '~/features/diff/segments'
import { shownCharacters } from '~/features/diff/layout'
import { visible } from '~/lib/visible'
import { formatCount } from '~/lib/format'
import type { Token } from '~/lib/syntax'

const looks = {
  context: { sign: '', row: '', ink: '', word: '' },
  added: { sign: '+', row: 'bg-add', ink: 'text-ok', word: 'bg-add-word' },
  removed: { sign: '−', row: 'bg-del', ink: 'text-err', word: 'bg-del-word' },
} as const

const marks = { none: '', range: 'edge-accent', cursor: 'edge-accent outline outline-1 -outline-offset-1 outline-accent' } as const
export type Mark = keyof typeof marks

const numbers = 'pr-2 text-right text-xs leading-5 text-fg2 select-none'
const words = { context: '', added: 'Added: ', removed: 'Removed: ' } as const

type LineProps = { row: LineRow; tokens: readonly Token[]; isWrapped: boolean; isWhole: boolean; mark: Mark }

/** One line. A click on it is heard by the list, which knows it by its key. */
export const LineView = memo(function LineView({ row, tokens, isWrapped, isWhole, mark }: LineProps) {
  const { sign, row: ground, ink, word } = looks[row.change]
  const most = isWhole ? row.text.length : shownCharacters
  return (
    <div
      data-mark={mark}
      className={`grid min-h-5 grid-cols-[40px_40px_16px_minmax(0,1fr)] font-mono text-sm leading-5 text-syn-variable max-sm:grid-cols-[40px_16px_minmax(0,1fr)] ${isWrapped ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre'} ${ground} ${marks[mark]}`}
    >
      <span className={`${numbers} ${row.change === 'removed' ? '' : 'max-sm:hidden'}`}>{row.old}</span>
      <span className={`${numbers} ${row.change === 'removed' ? 'max-sm:hidden' : ''}`}>{row.new}</span>
      <span className={`text-center select-none ${ink}`}>
        {words[row.change] && <span className="sr-only">{words[row.change]}</span>}
        <span aria-hidden="true">{sign}</span>
      </span>
      <span className="pr-3 pl-1">
        <Text row={row} tokens={tokens} most={most} wordLook={word} />
        {row.text.length > most && (
          <button type="button" data-act="whole" className="ml-1 rounded-sm bg-bg3 px-1.5 font-sans text-fg1 select-none hover:bg-bg4 hover:text-fg0">
            Show {formatCount(row.text.length - most)} more characters
          </button>
        )}
        {row.isCut && row.text.length <= most && <span className="pl-2 font-sans text-fg2 select-none">The line is longer; only its beginning is shown.</span>}
        {row.end.hasReturn && (
          <abbr title="carriage return" className="text-fg2 no-underline select-none">
            \r
          </abbr>
        )}
        {row.end.isCut && <span className="pl-2 font-sans text-fg2 select-none">no newline at the end of the file</span>}
      </span>
    </div>
  )
})

function Text({ row, tokens, most, wordLook }: { row: LineRow; tokens: readonly Token[]; most: number; wordLook: string }) {
  const changed = row.change === 'context' ? [] : (row.changed ?? [])
  if (tokens.length === 0 && changed.length === 0) return visible(row.text.slice(0, most))
  let place = 0
  return segmentsOf(row.text, tokens, changed, most).map(({ text, look, isWord }) => {
    const key = place
    place += text.length
    if (isWord)
      return (
        <mark key={key} className={`rounded-[2px] py-px ${look || 'text-inherit'} ${wordLook}`}>
          {visible(text)}
        </mark>
      )
    if (look === '' || text.trim() === '') return visible(text)
    return (
      <span key={key} className={look}>
        {visible(text)}
      </span>
    )
  })
}
