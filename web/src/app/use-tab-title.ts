import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { groupsOf } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { useSeen } from '~/api/seen'
import error from '~/app/favicon-err.svg'
import running from '~/app/favicon-run.svg'
import waiting from '~/app/favicon-wait.svg'
import calm from '~/app/favicon.svg'
import { stall } from '~/lib/stall'
import { causeOf, lookOf } from '~/lib/status'
import { useStore } from '~/lib/store'
import { visible } from '~/lib/visible'
import { pageTitle } from '~/ui/PageHead'

const icons = { error, waiting, running, calm } as const

/** The tab says how many need me, and of the worst why, so that it can stay in the background. */
export function useTabTitle() {
  const title = useStore(pageTitle)
  const { data } = useQuery(overviewQuery())
  const { isSeen } = useSeen()
  const { needs, working } = groupsOf(data ?? { agents: [] }, isSeen)
  const isStalled = useStore(stall) !== undefined
  const failed = needs.find(({ statusReason }) => lookOf(statusReason) === 'error')
  const cause = isStalled ? 'Nothing can be stored' : failed && visible(causeOf(failed))
  const count = needs.length + Number(isStalled)
  const worst = cause !== undefined ? 'error' : needs.length > 0 ? 'waiting' : working.length > 0 ? 'running' : 'calm'
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ''}${[cause, title, 'Muster'].filter(Boolean).join(' · ')}`
  }, [title, count, cause])
  useEffect(() => {
    document.querySelector('link[rel=icon]')?.setAttribute('href', icons[worst])
  }, [worst])
}
