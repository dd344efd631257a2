import { useQuery } from '@tanstack/react-query'
import type { System, Workspace } from '~/api/generated'
import { systemQuery, workspacesQuery } from '~/api/queries'

/** The demo's folder lies in the data folder, whatever else is opened beside it. */
export function isDemoPath({ isDemo, home }: Pick<System, 'isDemo' | 'home'>, path: string): boolean {
  return isDemo || path.startsWith(`${home.replace(/\/+$/, '')}/demo/`)
}

export type DemoShare = 'none' | 'part' | 'all'

/** How much of what is open belongs to the demo: sums over all of it must not pass its figures off as real ones. */
export function demoShare(system: Pick<System, 'isDemo' | 'home'>, workspaces: readonly Pick<Workspace, 'path'>[]): DemoShare {
  const demos = workspaces.filter(({ path }) => isDemoPath(system, path)).length
  if (system.isDemo || (demos > 0 && demos === workspaces.length)) return 'all'
  return demos > 0 ? 'part' : 'none'
}

export function useIsDemoPath(path: string | undefined): boolean {
  const system = useQuery(systemQuery()).data
  return system !== undefined && path !== undefined && isDemoPath(system, path)
}

export function useDemoShare(): DemoShare {
  const system = useQuery(systemQuery()).data
  const workspaces = useQuery(workspacesQuery()).data?.workspaces
  return system && workspaces ? demoShare(system, workspaces) : 'none'
}
