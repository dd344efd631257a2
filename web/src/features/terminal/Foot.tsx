import type { ReactNode } from 'react'
import type { TerminalExit } from '~/api/terminals'
import { textOf } from '~/features/terminal/kept'
import type { Shown } from '~/features/terminal/session'
import { formatBytes, formatClock, plural, sentence } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Kbd } from '~/ui/Kbd'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'

const why: Record<string, string> = { stopped: 'closed', limit: 'limit reached', lost: 'its end was not seen' }

function exitText({ code, signal, reason, text }: TerminalExit, endedAt: string | undefined): string {
  const how = [signal === undefined ? (code === undefined ? '' : `code ${code}`) : `signal ${signal}`, why[reason] ?? '', text ?? ''].filter(Boolean).join(', ')
  return `Exited${endedAt === undefined ? '' : ` at ${formatClock(endedAt)}`}${how && `, ${how}`}`
}

function exitLook({ code, reason }: TerminalExit): Look {
  if (reason === 'stopped') return 'stopped'
  return code === 0 ? 'finished' : 'error'
}

type Note = { look?: Look; text: string; detail?: string; action?: ReactNode }

type FootProps = {
  shown: Shown
  /** When the program ended, as its row says it. */
  endedAt: string | undefined
  canTake: boolean
  onTake: () => void
  onRestart: () => void
  onSend: () => void
  onDiscard: () => void
}

const mostQuoted = 200

/** What was typed and did not arrive: nobody may take it for sent, so it stands until it is decided about. */
function unsentNote({ shown, onSend, onDiscard }: FootProps): Note | undefined {
  const { phase, kept, unheardBytes } = shown
  if (kept.length === 0 && unheardBytes === 0) return undefined
  const isLive = phase === 'live'
  const text = textOf(kept)
  const unheard = unheardBytes > 0 ? `${plural(unheardBytes, 'byte')} typed before the line broke may not have arrived` : ''
  const action = (
    <span className="flex shrink-0 gap-2">
      {isLive && <Button isSmall look="solid" onClick={onSend}>{kept.length > 0 ? 'Send' : 'Go on'}</Button>}
      {kept.length > 0 && <Button isSmall onClick={onDiscard}>Discard</Button>}
    </span>
  )
  const quoted = `“${text.slice(-mostQuoted)}”`
  const wasNotSent = `${plural([...text].length, 'character')} ${[...text].length === 1 ? 'was' : 'were'} not sent`
  if (!isLive)
    return { look: 'offline', text: 'Not connected', detail: kept.length > 0 ? `${wasNotSent}: ${quoted}` : `Keys are not sent; ${unheard}`, action }
  if (kept.length === 0) return { look: 'waiting', text: `${unheard}`, detail: 'look at the screen before you go on', action }
  return { look: 'waiting', text: wasNotSent, detail: [quoted, unheard].filter(Boolean).join('; '), action }
}

/** What a person must know first: one thing at a time, the worst before the rest. */
function noteOf(props: FootProps): Note | undefined {
  const { shown, endedAt, canTake, onTake, onRestart } = props
  const { phase, error, exit, size, room, gap } = shown
  if (phase === 'refused')
    return { look: 'error', text: 'Not shown', detail: sentence(error?.message ?? ''), action: <Button isSmall onClick={onRestart}>Try again</Button> }
  const unsent = exit ? undefined : unsentNote(props)
  if (unsent) return unsent
  if (phase === 'broken') return { look: 'offline', text: 'Not connected', detail: 'Keys are not sent' }
  if (exit) return { look: exitLook(exit), text: exitText(exit, endedAt), detail: shown.isPartial ? 'the start of its log is gone' : '' }
  if (error) return { look: 'error', text: 'Not sent', detail: sentence(error.message) }
  if (size && room && !shown.isYours && canTake && (size.rows !== room.rows || size.cols !== room.cols))
    return { text: `${size.cols}×${size.rows}`, detail: 'not the size of this window', action: <Button isSmall onClick={onTake}>Take over</Button> }
  if (gap && gap.bytes > 0)
    return { text: `${formatBytes(gap.bytes)} of output not shown`, detail: gap.reason === 'behind' ? 'it came faster than it could be drawn; the log has it' : 'gone from the log' }
  if (shown.isPartial) return { text: 'The start of this log is gone', detail: 'lines above may be missing' }
  return undefined
}

export function Foot(props: FootProps) {
  const note = noteOf(props)
  const isLive = props.shown.phase === 'live'
  return (
    <footer data-foot="" className={`flex min-h-8 ${note ? '' : 'max-lg:hidden'} shrink-0 items-center gap-2 overflow-hidden border-t border-line px-3 text-sm text-fg2`}>
      <span role="status" className="flex min-w-0 flex-1 items-center gap-2">
        {note?.look && <StatusGlyph look={note.look} />}
        {note && <span className="whitespace-nowrap text-fg1">{visible(note.text)}</span>}
        {note?.detail && <span className="truncate">{visible(note.detail)}</span>}
      </span>
      {note?.action}
      <span className="flex items-center gap-3 max-lg:hidden">
        <Hint keys={isLive ? 'Ctrl+Shift+S' : 'Ctrl+F'} text="find" />
        <Hint keys="Ctrl+Shift+C" text="copy" />
        {isLive && <Hint keys="Ctrl+Shift+E" text="leave" />}
      </span>
    </footer>
  )
}

function Hint({ keys, text }: { keys: string; text: string }) {
  return (
    <span className="flex items-center gap-1 text-xs whitespace-nowrap">
      <Kbd keys={keys} />
      {text}
    </span>
  )
}
