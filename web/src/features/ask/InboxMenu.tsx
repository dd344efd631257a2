import { useSetting } from '~/api/settings'
import { askBrowser, permission, type Permission } from '~/lib/notifications'
import { useStore } from '~/lib/store'
import { Menu } from '~/ui/Menu'

const reasons: Record<Permission, string | undefined> = {
  default: undefined,
  granted: 'The browser allows it already.',
  denied: 'The browser forbids it: change that in its settings.',
  none: 'This browser has no notifications for pages.',
}

/** A browser grants notifications only after a person's gesture. */
export function InboxMenu() {
  const isWanted = useSetting('notifications') !== 'false'
  const granted = useStore(permission)
  const why = isWanted ? reasons[granted] : 'Notifications are switched off in the settings.'
  return (
    <Menu
      label="More"
      icon="more"
      items={[{ label: 'Notify me of new asks', hint: 'While this page is not in view', isOff: why, run: () => void askBrowser() }]}
    />
  )
}
