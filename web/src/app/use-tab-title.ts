import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { groupsOf } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { useSeen } from '~/api/seen'
import error from '~/app/favicon-err.svg'
import running from '~/app/favicon-run.svg'
import waiting from '~/app/favicon-wait.svg'
import calm from '~/app/favicon.svg'
import { lookOf } from '~/lib/status'
import { useStore } from '~/lib/store'
import { pageTitle } from '~/ui/PageHead'

const icons = { error, waiting, running, calm } as const

/** The tab says how many need me and how bad it is, so that it can stay in the background. */
export function useTabTitle() {
  const title = useStore(pageTitle)
  const { data } = useQuery(overviewQuery())
  const { isSeen } = useSeen()
  const { needs, working } = groupsOf(data ?? { agents: [] }, isSeen)
  const hasFailed = needs.some(({ statusReason }) => lookOf(statusReason) === 'error')
  const worst = hasFailed ? 'error' : needs.length > 0 ? 'waiting' : working.length > 0 ? 'running' : 'calm'
  useEffect(() => {
    document.title = `${needs.length > 0 ? `(${needs.length}) ` : ''}${title} · Muster`
  }, [title, needs.length])
  useEffect(() => {
    document.querySelector('link[rel=icon]')?.setAttribute('href', icons[worst])
  }, [worst])
}
