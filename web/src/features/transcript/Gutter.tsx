import type { ReactNode } from 'react'

type GutterProps = { glyph?: ReactNode; meta?: ReactNode; depth?: number; isButton?: boolean; below?: ReactNode; children: ReactNode }

/**
 * The columns of a transcript: the glyph, the text, and figures at the right. A sub-agent's rows stand one gutter further in, with a
 * hair. `isButton`: its line is pressed, and so is taller under a finger.
 * `below`: under the line, as wide as text and figures together.
 */
export function Gutter({ glyph, meta, depth = 0, isButton = false, below, children }: GutterProps) {
  const tall = isButton ? 'pointer-coarse:min-h-11' : ''
  return (
    <div className={depth > 0 ? 'relative pl-7 before:absolute before:inset-y-0 before:left-[7px] before:w-px before:bg-line2' : ''}>
      <div className="grid grid-cols-[28px_minmax(0,1fr)_auto] items-start">
        <span className={`grid h-6 w-4 place-items-center ${tall}`}>{glyph}</span>
        <div className={`min-w-0 ${meta === undefined ? 'col-span-2' : ''}`}>{children}</div>
        {meta !== undefined && <span data-figures="" className={`flex min-h-6 items-center justify-end gap-2 pl-3 text-right text-sm leading-6 whitespace-nowrap text-fg2 ${tall}`}>{meta}</span>}
        {below !== undefined && <div className="col-span-2 col-start-2 min-w-0">{below}</div>}
      </div>
    </div>
  )
}
