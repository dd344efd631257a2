import { table } from 'virtual:keys'
import { otherKeys, partTitles } from '~/features/settings/key-parts'
import { useSwappedEnter } from '~/api/enter'
import { useSetting } from '~/api/settings'
import { FieldRow } from '~/ui/FieldRow'
import { KeyLines, linesOf } from '~/ui/KeyLines'
import { Segments } from '~/ui/Tabs'

const keys = [...table, ...otherKeys]
const groups = partTitles.map(({ title, parts }) => ({ title, lines: linesOf(keys.filter(({ part }) => parts.some((one) => one === part))) }))

const enters = [
  { id: 'sends', label: 'Sends' },
  { id: 'breaks', label: 'Breaks the line' },
] as const

/** Of a person, on all devices; the composer's menu swaps it, too. */
function EnterRow() {
  const [isSwapped, swap] = useSwappedEnter()
  return (
    <FieldRow title={<span className="font-medium">Enter in a message</span>} text="Shift Enter does the other. On a touch screen Enter breaks the line." isMarked={isSwapped}>
      <Segments label="Enter in a message" tabs={enters} current={isSwapped ? 'breaks' : 'sends'} onChange={(id) => swap(id === 'breaks')} />
    </FieldRow>
  )
}

/** Every key of every page. */
export function Shortcuts() {
  const areLettersOn = useSetting('letter_keys') !== 'false'
  return (
    <section aria-label="All keys">
      <EnterRow />
      <p className="max-w-[720px] py-3 text-fg1">
        Press <kbd className="rounded-sm bg-bg3 px-1.5 font-sans text-sm font-medium">?</kbd> on any page to see the keys that work there.
        {!areLettersOn && ' Letters and signs are off: they work only where the focus is on what they act on.'}
      </p>
      <div className="grid gap-5">
        {groups.map((group) => (
          <KeyLines key={group.title} {...group} />
        ))}
      </div>
    </section>
  )
}
