import { useQuery } from '@tanstack/react-query'
import type { HostInfo } from '~/api/generated'
import { hostQuery } from '~/api/workspace-settings'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

const services = { github: 'GitHub', gitlab: 'GitLab', unknown: 'An unknown service' } as const

/** Where the repository is hosted, and what reads its pull requests. */
export function Host({ workspaceId }: { workspaceId: string }) {
  const host = useQuery(hostQuery(workspaceId))
  const now = useNow()
  if (host.error) return <ErrorNote title="The host could not be asked" error={host.error} onRetry={() => void host.refetch()} />
  if (!host.data) return <Skeleton label="Asking the host" rows={2} />
  const { isReady, problem, project, url, remote, checkedAt } = host.data
  return (
    <div className="grid grid-cols-[28px_minmax(0,1fr)_auto] border-t border-line py-2">
      <StatusGlyph look={isReady ? 'finished' : remote === undefined ? 'idle' : 'offline'} className="mt-[3px]" />
      <div className="min-w-0">
        <p className="font-medium">{isReady ? 'Pull requests and issues can be read' : 'Pull requests and issues cannot be read'}</p>
        <p className="mt-0.5 text-sm text-fg2">{howText(host.data)}</p>
        {problem !== undefined && <p className="mt-0.5 text-sm text-fg1">{visible(problem)}</p>}
        {project !== undefined && (
          <p className="mt-0.5 text-sm [overflow-wrap:anywhere]">
            {isPage(url) ? (
              <a href={url} target="_blank" rel="noreferrer" className="font-mono text-fg1 hover:text-fg0 hover:underline">
                {visibleName(project)}
              </a>
            ) : (
              <span className="font-mono">{visibleName(project)}</span>
            )}
          </p>
        )}
      </div>
      <span className="flex items-center gap-2 text-sm text-fg2 max-sm:col-start-2">
        {checkedAt !== undefined && <span>asked {formatWhen(checkedAt, now)}</span>}
        <Button isSmall isOff={host.isFetching} onClick={() => void host.refetch()}>
          {host.isFetching ? 'Asking' : 'Ask again'}
        </Button>
      </span>
    </div>
  )
}

/** Only a page of the web is a link. */
function isPage(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//.test(url)
}

function howText({ kind, remote, name, program, version, login, isInstalled }: HostInfo): string {
  if (remote === undefined) return 'The repository has no remote.'
  const where = `${services[kind]}${name === undefined ? '' : ` at ${visibleName(name)}`}, remote ${visibleName(remote)}`
  if (program === undefined) return `${where}.`
  const tool = isInstalled ? `${program} ${visibleName(version ?? '')}`.trim() : `${program} is not installed`
  return `${where}; ${tool}${login === undefined ? '' : `, signed in as ${visibleName(login)}`}.`
}
