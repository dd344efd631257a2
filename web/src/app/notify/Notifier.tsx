import { useQuery } from '@tanstack/react-query'
import { useLocation, useRouter } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useState } from 'react'
import { overviewQuery } from '~/api/overview'
import { openAsksQuery } from '~/api/queries'
import { useSetting } from '~/api/settings'
import { heldLocks, holdLock } from '~/app/notify/locks'
import { newsOf, shownAt, type News } from '~/app/notify/news'
import { Reporter, type Wanted } from '~/app/notify/reporter'
import { lookedAt } from '~/lib/looked-at'
import { useStore } from '~/lib/store'

const sees = 'muster.sees '

/** Every page of this browser knows what the one that is looked at shows. */
function useOwnSight(isLooked: boolean) {
  const { pathname } = useLocation()
  const shown = shownAt(pathname)
  useEffect(() => (isLooked ? holdLock(sees + shown, 'shared') : undefined), [isLooked, shown])
}

/** One page of this browser reports for all. */
function useIsReporter(): boolean {
  const [isMine, setMine] = useState(false)
  useEffect(() => holdLock('muster.reports', 'exclusive', () => setMine(true)), [])
  return isMine
}

/** Nothing until the settings are read. */
function useWanted(): Wanted | undefined {
  const settings = {
    all: useSetting('notifications'),
    asks: useSetting('notify.asks'),
    failures: useSetting('notify.failures'),
    finished: useSetting('notify.finished'),
    sound: useSetting('notify.sound'),
  }
  if (settings.all === undefined) return undefined
  const is = (value: string | undefined) => settings.all === 'true' && value === 'true'
  return { asks: is(settings.asks), failures: is(settings.failures), finished: is(settings.finished), isSilent: settings.sound !== 'true' }
}

/** Where a click lands: on the ask, on the agent, or where all of them are. */
function useOpen() {
  const router = useRouter()
  return function open(news: readonly News[]) {
    const [first] = news
    if (!first) return
    const { kind, agentId, workspaceId } = first
    const isOne = news.every((one) => one.agentId === agentId)
    if (isOne) void router.navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId, agentId }, ...(kind === 'asks' && { hash: 'ask' }) })
    else void router.navigate({ to: kind === 'finished' ? '/' : '/inbox' })
  }
}

/** Reports what happens to agents that nobody looks at. Loaded once the browser allows it. */
export function Notifier() {
  const agents = useQuery(overviewQuery()).data?.agents
  const asks = useQuery(openAsksQuery()).data?.asks
  const wanted = useWanted()
  const isKnown = wanted !== undefined
  const isMine = useIsReporter()
  const isLooked = useStore(lookedAt)
  const open = useEffectEvent(useOpen())
  const [reporter] = useState(() => new Reporter({ shown: () => heldLocks(sees), open: (news) => open(news) }))
  const see = useEffectEvent((news: readonly News[], hasSettings: boolean) => reporter.see(news, hasSettings ? wanted : undefined, isMine))
  useOwnSight(isLooked)
  useEffect(() => {
    if (agents && asks) see(newsOf(agents, asks), isKnown)
  }, [agents, asks, isKnown])
  useEffect(() => {
    if (isLooked) reporter.clear()
  }, [isLooked, reporter])
  useEffect(() => () => reporter.close(), [reporter])
  return null
}
