import type { KeyboardEvent } from 'react'

export type Tab<Id extends string> = { id: Id; label: string; count?: string | number | undefined }

type TabsProps<Id extends string> = {
  /** What the tabs choose between, for screen readers. */
  label: string
  tabs: readonly Tab<Id>[]
  current: Id
  onChange: (id: Id) => void
  /** Of the part that `panelOf` marks, where the page has one part for all of them. */
  panel?: string
}

/** The part that the current tab shows. */
export const panelOf = (panel: string, current: string) => ({ id: panel, role: 'tabpanel', 'aria-labelledby': `${panel}-${current}` })

const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }

/** One tab stop; arrows move and choose (WAI-ARIA: tabs, automatic activation). */
function useArrows<Id extends string>({ tabs, current, onChange }: TabsProps<Id>) {
  return (event: KeyboardEvent<HTMLElement>) => {
    const step = steps[event.key]
    const ends: Record<string, number> = { Home: 0, End: tabs.length - 1 }
    const at = tabs.findIndex(({ id }) => id === current)
    const next = step === undefined ? ends[event.key] : (at + step + tabs.length) % tabs.length
    const tab = next === undefined ? undefined : tabs[next]
    if (!tab) return
    event.preventDefault()
    onChange(tab.id)
    const button = event.currentTarget.querySelectorAll('button')[next ?? 0]
    button?.focus()
  }
}

type ButtonsProps<Id extends string> = Omit<TabsProps<Id>, 'label'> & { kind: 'tab' | 'radio'; className: string; countLook?: string }

function Buttons<Id extends string>({ tabs, current, onChange, panel, kind, className, countLook }: ButtonsProps<Id>) {
  return tabs.map(({ id, label, count }) => {
    const isCurrent = id === current
    return (
      <button
        key={id}
        type="button"
        role={kind}
        {...(kind === 'tab' ? { 'aria-selected': isCurrent } : { 'aria-checked': isCurrent })}
        {...(panel !== undefined && { id: `${panel}-${id}`, ...(isCurrent && { 'aria-controls': panel }) })}
        tabIndex={isCurrent ? 0 : -1}
        onClick={() => onChange(id)}
        className={className}
      >
        {label}
        {count !== undefined && <span className={countLook}>{count}</span>}
      </button>
    )
  })
}

/** Tabs of a pane: a line below the current one. */
export function Tabs<Id extends string>(props: TabsProps<Id>) {
  const onKeyDown = useArrows(props)
  return (
    <div role="tablist" tabIndex={-1} aria-label={props.label} onKeyDown={onKeyDown} className="flex h-full min-w-0 items-stretch gap-0.5 overflow-x-auto">
      <Buttons
        {...props}
        kind="tab"
        className="relative flex shrink-0 items-center gap-1.5 px-2.5 font-medium whitespace-nowrap text-fg2 -outline-offset-2 hover:text-fg0 aria-selected:text-fg0 aria-selected:after:absolute aria-selected:after:inset-x-2.5 aria-selected:after:-bottom-px aria-selected:after:h-0.5 aria-selected:after:rounded-t-[2px] aria-selected:after:bg-fg0"
        countLook="text-xs text-fg2"
      />
    </div>
  )
}

/** A choice of few, in one filled group. */
export function Segments<Id extends string>(props: TabsProps<Id>) {
  const onKeyDown = useArrows(props)
  return (
    <div role="radiogroup" tabIndex={-1} aria-label={props.label} onKeyDown={onKeyDown} className="inline-flex min-h-7 max-w-full rounded-md bg-bg3 p-0.5">
      <Buttons
        {...props}
        kind="radio"
        className="flex items-center justify-center gap-1 rounded-sm px-2.5 text-sm font-medium whitespace-nowrap text-fg2 pointer-coarse:min-w-11 hover:text-fg0 aria-checked:bg-seg aria-checked:text-fg0 aria-checked:seg"
      />
    </div>
  )
}
