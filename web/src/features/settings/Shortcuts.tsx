import { table } from 'virtual:keys'
import { partTitles } from '~/features/settings/key-parts'
import { useSetting } from '~/api/settings'
import { KeyLines, linesOf } from '~/ui/KeyLines'

const groups = partTitles.map(({ title, parts }) => ({ title, lines: linesOf(table.filter(({ part }) => parts.some((one) => one === part))) }))

/** Every key of every page. */
export function Shortcuts() {
  const areLettersOn = useSetting('letter_keys') !== 'false'
  return (
    <section aria-label="All keys">
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
