import type { ReactNode } from 'react'

type FieldRowProps = {
  title: ReactNode
  text: ReactNode
  /** A dot before it: somebody changed it. */
  isMarked?: boolean
  error?: ReactNode
  /** Its control takes the whole width of a phone. */
  isWide?: boolean
  children?: ReactNode
}

/** A title, one sentence, a control. */
export function FieldRow({ title, text, isMarked = false, isWide = false, error, children }: FieldRowProps) {
  return (
    <div
      className={`relative grid min-h-14 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 gap-y-2 border-t border-line py-2 ${isWide ? 'max-sm:grid-cols-1' : 'max-sm:gap-x-3'}`}
    >
      {isMarked && <span aria-hidden="true" className="absolute top-1/2 -left-3.5 -mt-[3px] size-[5px] rounded-full bg-accent max-sm:-left-2.5" />}
      <div className="min-w-0">
        <div>{title}</div>
        <div className="mt-0.5 text-sm text-fg2">{text}</div>
        {error}
      </div>
      {children}
    </div>
  )
}
