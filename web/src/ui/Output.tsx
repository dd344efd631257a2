import { memo } from 'react'
import { readAnsi, type Colour, type Look } from '~/lib/ansi'
import { visible } from '~/lib/visible'
import { CodeBlock } from '~/ui/CodeBlock'

const colours: Record<Colour, string> = {
  black: 'text-fg2',
  red: 'text-err',
  green: 'text-ok',
  yellow: 'text-wait',
  blue: 'text-run',
  magenta: 'text-accent',
  cyan: 'text-run',
  white: 'text-fg0',
  grey: 'text-fg2',
}
const grounds: Record<Colour, string> = {
  black: 'bg-bg4',
  red: 'bg-[color-mix(in_oklab,var(--err)_13%,transparent)]',
  green: 'bg-[color-mix(in_oklab,var(--ok)_13%,transparent)]',
  yellow: 'bg-[color-mix(in_oklab,var(--wait)_13%,transparent)]',
  blue: 'bg-[color-mix(in_oklab,var(--run)_13%,transparent)]',
  magenta: 'bg-[color-mix(in_oklab,var(--accent)_13%,transparent)]',
  cyan: 'bg-[color-mix(in_oklab,var(--run)_13%,transparent)]',
  white: 'bg-bg4',
  grey: 'bg-bg4',
}

/** On a coloured background, text keeps the page's own colour: a pair chosen by a program may be unreadable in our tokens. */
function classOf({ colour, ground, isBold, isFaint, isItalic, isUnderlined }: Look): string {
  const inks = [ground ? grounds[ground] : colour && colours[colour], isFaint && !ground && !colour && 'text-fg2']
  return [...inks, isBold && 'font-semibold', isItalic && 'italic', isUnderlined && 'underline'].filter(Boolean).join(' ')
}

/** Text with the control sequences of a terminal, in its own colours as far as the page has them. */
export const AnsiText = memo(function AnsiText({ text }: { text: string }) {
  return readAnsi(text).map((piece, place) => {
    const look = classOf(piece.look)
    const shown = visible(piece.text)
    return look ? (
      <span key={place} className={look}>
        {shown}
      </span>
    ) : (
      shown
    )
  })
})

/** A tool's output. */
export const Output = memo(function Output({ text, label }: { text: string; label: string }) {
  return (
    <CodeBlock copy={readAnsi(text).map((piece) => piece.text).join('')} label={label} maxHeight="max-h-72">
      <AnsiText text={text} />
    </CodeBlock>
  )
})
