import { useState } from 'react'
import { useSetting } from '~/api/settings'
import { Menu } from '~/ui/Menu'

function permissionNow(): NotificationPermission | 'missing' {
  return 'Notification' in window ? Notification.permission : 'missing'
}

const reasons: Record<ReturnType<typeof permissionNow>, string | undefined> = {
  default: undefined,
  granted: 'The browser allows it already.',
  denied: 'The browser forbids it: change that in its settings.',
  missing: 'This browser has no notifications.',
}

/** A browser grants notifications only after a person's gesture. */
export function InboxMenu() {
  const isWanted = useSetting('notifications') !== 'false'
  const [permission, setPermission] = useState(permissionNow)
  const why = isWanted ? reasons[permission] : 'Notifications are switched off in the settings.'
  return (
    <Menu
      label="More"
      icon="more"
      items={[{ label: 'Notify me of new asks', hint: 'While this page is hidden', isOff: why, run: () => void Notification.requestPermission().then(setPermission) }]}
    />
  )
}
