import { Kbd } from '~/ui/Kbd'

/** A key in a button while it works. It always takes its room, so that no button moves between a press and its click. */
export function KeyMark({ keys, isOn }: { keys: string; isOn: boolean }) {
  return (
    <span className={`contents ${isOn ? '' : '[&>kbd]:invisible'} pointer-coarse:hidden`}>
      <Kbd keys={keys} isWithin />
    </span>
  )
}
