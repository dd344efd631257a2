import type { RefObject } from 'react'
import { plural } from '~/lib/format'

type ToEndProps = {
  /** How many lines it has. */
  lines: number
  /** Around the region that was opened. */
  within: RefObject<HTMLElement | null>
}

/** Opened, and not yet read to its end, without which it cannot be allowed: says so, and leads there. */
export function ToEnd({ lines, within }: ToEndProps) {
  function go() {
    const region = within.current?.querySelector('[role=region]')
    if (!(region instanceof HTMLElement)) return
    const show = () => {
      region.scrollTop = region.scrollHeight
      region.scrollIntoView({ block: 'end' })
    }
    region.focus({ preventScroll: true })
    show()
    // Rows that are drawn only now have other heights than were guessed.
    requestAnimationFrame(show)
  }
  return (
    <p className="mt-1 font-sans text-sm text-fg2">
      {plural(lines, 'line')}, not yet shown to the end
      <button type="button" data-show-all="" onClick={go} className="touch ml-2 min-h-6 font-medium text-fg1 underline-offset-3 hover:text-fg0 hover:underline">
        Go to the end
      </button>
    </p>
  )
}
