import { askBrowser, notify, permission } from '~/lib/notifications'
import { useSetting } from '~/api/settings'
import { useStore } from '~/lib/store'
import { Button } from '~/ui/Button'
import { FieldRow } from '~/ui/FieldRow'

const answers = {
  granted: 'It allows them. They come from an open page, one for each kind, and never for an agent that is on screen.',
  denied: 'It has refused them; its own settings for this site change that.',
  default: 'It has not been asked yet.',
  none: 'It has no notifications for pages. The title and the icon of the tab count what needs you.',
} as const

/** The browser asks only after a click. */
export function Browser() {
  const answer = useStore(permission)
  const isSilent = useSetting('notify.sound') !== 'true'
  const show = () => void notify({ title: 'A notification of Muster', body: 'A click on one leads to what it is about.', tag: 'muster.example', isSilent, onOpen: () => undefined })
  return (
    <section aria-label="This browser">
      <h3 className="pt-6 pb-1 font-semibold">This browser</h3>
      <FieldRow title={<span className="font-medium">Permission</span>} text={answers[answer]}>
        {answer === 'default' && <Button onClick={() => void askBrowser()}>Ask the browser</Button>}
        {answer === 'granted' && <Button onClick={show}>Show an example</Button>}
      </FieldRow>
    </section>
  )
}
