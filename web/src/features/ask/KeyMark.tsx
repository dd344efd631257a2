import { Kbd } from '~/ui/Kbd'

/** A key in a button, while it works. */
export function KeyMark({ keys, isOn }: { keys: string; isOn: boolean }) {
  if (!isOn) return null
  return (
    <span className="contents pointer-coarse:hidden">
      <Kbd keys={keys} isWithin />
    </span>
  )
}
