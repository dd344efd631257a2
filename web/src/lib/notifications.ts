import { createStore } from '~/lib/store'

/** Whether the browser shows notifications of this page; `none`: it has none for pages. */
export type Permission = NotificationPermission | 'none'

const now = (): Permission => (typeof Notification === 'undefined' ? 'none' : Notification.permission)

export const permission = createStore<Permission>(now())

/** Only after a click: browsers refuse other questions, and so do people. */
export async function askBrowser() {
  await Notification.requestPermission()
  permission.set(now())
}

type Words = { title: string; body: string; tag: string; isSilent: boolean; onOpen: () => void }

/** One of the same tag takes the place of the one before. Undefined where pages may only report through a service worker, as on a phone. */
export function notify({ title, body, tag, isSilent, onOpen }: Words): Notification | undefined {
  try {
    const shown = new Notification(title, { body, tag, silent: isSilent })
    shown.addEventListener('click', () => {
      window.focus()
      shown.close()
      onOpen()
    })
    return shown
  } catch {
    permission.set('none')
    return undefined
  }
}
