import { Outlet } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { openAsksQuery, systemQuery } from '~/api/queries'
import { ConnectionBanner } from '~/app/Connection'
import { HealthBanner } from '~/app/Health'
import { BottomBar, Sidebar } from '~/app/Navigation'
import { StatusBar } from '~/app/StatusBar'
import { useSettings } from '~/app/use-settings'
import { Icon } from '~/ui/Icon'
import { Toasts } from '~/ui/toasts'

/** The frame around every page: quiet navigation, the state of the connection, the status bar. */
export function Frame() {
  const asks = useQuery(openAsksQuery())
  useSettings(asks.data?.asks)
  const waiting = asks.data?.asks.length ?? 0
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a
        href="#content"
        className="absolute -top-20 left-3 z-50 rounded-md bg-solid px-3 py-1.5 text-on-solid focus:top-3"
      >
        Skip to content
      </a>
      <div className="flex min-h-0 flex-1">
        <Sidebar waiting={waiting} />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <DemoBanner />
          <ConnectionBanner />
          <HealthBanner />
          <Outlet />
        </div>
      </div>
      <StatusBar waiting={waiting} />
      <BottomBar waiting={waiting} />
      <Toasts />
    </div>
  )
}

function DemoBanner() {
  const system = useQuery(systemQuery())
  if (!system.data?.isDemo) return null
  return (
    <p className="flex shrink-0 items-center gap-2 border-b border-line bg-bg4 px-4 py-1 text-sm">
      <Icon name="info" className="text-accent" />
      <span>
        <strong className="font-semibold">Demo.</strong> A scripted model answers here: no account, no cost, a sample repository.
      </span>
    </p>
  )
}
