import type { ReactNode } from 'react'
import type { TerminalExit } from '~/api/terminals'
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
}

/** What a person must know first: one thing at a time, the worst before the rest. */
function noteOf({ shown, endedAt, canTake, onTake, onRestart }: FootProps): Note | undefined {
  const { phase, error, exit, size, room, gap } = shown
  if (phase === 'refused')
    return { look: 'error', text: 'Not shown', detail: sentence(error?.message ?? ''), action: <Button isSmall onClick={onRestart}>Try again</Button> }
  if (phase === 'broken') {
    const unheard = shown.unheardBytes > 0 ? `; ${plural(shown.unheardBytes, 'typed byte')} may not have arrived` : ''
    return { look: 'offline', text: 'Not connected', detail: `Keys are not sent${unheard}` }
  }
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
    <footer className={`flex min-h-8 ${note ? '' : 'max-lg:hidden'} shrink-0 items-center gap-2 overflow-hidden border-t border-line px-3 text-sm text-fg2`}>
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
