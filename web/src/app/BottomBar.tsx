import { Link } from '@tanstack/react-router'
import { useInboxCount } from '~/api/inbox-count'
import { openPalette } from '~/app/overlays'
import { Icon, type IconName } from '~/ui/Icon'
import { Menu } from '~/ui/Menu'
import { router } from '~/app/router'

const tabs = [
  { to: '/', name: 'Home', icon: 'home' },
  { to: '/inbox', name: 'Inbox', icon: 'inbox' },
  { to: '/board', name: 'Board', icon: 'board' },
] as const satisfies readonly { to: string; name: string; icon: IconName }[]

const tab = 'flex min-h-12 min-w-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-fg1 aria-[current=page]:text-accent'

/** The places of the side bar on a phone, within reach of the thumb. */
export function BottomBar() {
  const asks = useInboxCount()
  return (
    <nav aria-label="Main" data-foot="" className="flex shrink-0 items-center justify-around border-t border-line bg-bg1 pb-[env(safe-area-inset-bottom)] sm:hidden">
      {tabs.map(({ to, name, icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }} className={tab}>
          <Icon name={icon} />
          <span>
            {name}
            {to === '/inbox' && asks > 0 && <strong className="font-medium text-wait"> {asks}</strong>}
          </span>
        </Link>
      ))}
      <button type="button" onClick={openPalette} className={tab}>
        <Icon name="search" />
        Search
      </button>
      <Menu
        label="More"
        icon="more"
        items={[
          { label: 'Open a repository', run: () => void router.navigate({ to: '/welcome' }) },
          { label: 'Eyes', run: () => void router.navigate({ to: '/eyes' }) },
          { label: 'Usage', run: () => void router.navigate({ to: '/usage' }) },
          { label: 'Recovery', run: () => void router.navigate({ to: '/recovery' }) },
          { label: 'Settings', run: () => void router.navigate({ to: '/settings/$section', params: { section: 'general' } }) },
        ]}
      />
    </nav>
  )
}
