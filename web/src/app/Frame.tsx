import { Outlet } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { systemQuery } from '~/api/queries'
import { BottomBar } from '~/app/BottomBar'
import { ConnectionBanner } from '~/app/Connection'
import { HealthBanner } from '~/app/Health'
import { OutdatedBanner } from '~/app/Outdated'
import { Overlays } from '~/app/Overlays'
import { SideBar } from '~/app/SideBar'
import { StatusBar } from '~/app/StatusBar'
import { usePersonMarks } from '~/app/use-person-marks'
import { useTabTitle } from '~/app/use-tab-title'
import { useGlobalKeys } from '~/app/use-global-keys'
import { usePhone } from '~/app/use-phone'
import { useSettings } from '~/app/use-settings'
import { permission } from '~/lib/notifications'
import { useStore } from '~/lib/store'
import { Icon } from '~/ui/Icon'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Toasts } from '~/ui/toasts'

const Notifier = lazyPart(async () => (await import('~/app/notify/Notifier')).Notifier)

/** Only a browser that allows them needs their code. */
function Notifications() {
  return useStore(permission) === 'granted' ? (
    <LazyPart>
      <Notifier />
    </LazyPart>
  ) : null
}

/** The frame around every page: the bar at the left, stripes about the daemon, the page, the status bar. */
export function Frame() {
  useSettings()
  useTabTitle()
  useGlobalKeys()
  usePersonMarks()
  const part = usePhone()
  return (
    <div ref={part} className="flex h-dvh flex-col overflow-hidden">
      <a href="#content" className="absolute -top-20 left-3 z-50 rounded-md bg-solid px-3 py-1.5 text-on-solid focus:top-3">
        Skip to content
      </a>
      <div className="flex min-h-0 flex-1">
        <SideBar />
        <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
          <DemoBanner />
          <ConnectionBanner />
          <OutdatedBanner />
          <HealthBanner />
          <Outlet />
        </div>
      </div>
      <StatusBar />
      <BottomBar />
      <Toasts />
      <Overlays />
      <Notifications />
    </div>
  )
}

function DemoBanner() {
  const system = useQuery(systemQuery())
  if (!system.data?.isDemo) return null
  return (
    <p className="flex shrink-0 items-center gap-2 border-b border-line bg-bg1 px-4 py-1 text-sm">
      <Icon name="info" className="text-accent" />
      <span>
        <strong className="font-semibold">Demo.</strong> A scripted model answers here: no account, no cost, a sample repository.
      </span>
    </p>
  )
}
