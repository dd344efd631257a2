import { getRouteApi } from '@tanstack/react-router'
import type { Agent } from '~/api/generated'
import type { AgentSearch, PaneName } from '~/app/search'
import { useIsNarrow } from '~/lib/use-media'

const route = getRouteApi('/w/$workspaceId/a/$agentId')

/**
 * Which pane is shown and what in it: the address says it. Without a wish a wide window shows the diff, and any window the terminal of a
 * program that has no transcript.
 */
export function useAgentPlace({ adapter }: Pick<Agent, 'adapter'>) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const isNarrow = useIsNarrow()
  const wanted = search.pane ?? (adapter === 'terminal' ? 'terminal' : isNarrow ? 'none' : 'diff')
  // Two agents have no room beside each other in a narrow window.
  const pane: PaneName | undefined = wanted === 'none' || (wanted === 'beside' && isNarrow) ? undefined : wanted
  function go(change: AgentSearch, replace = true) {
    void navigate({ search: (before) => ({ ...before, ...change }), replace })
  }
  function goFile({ file, line }: { file: string | undefined; line: string | undefined }) {
    void navigate({ search: ({ file: _file, line: _line, ...before }) => ({ ...before, ...(file !== undefined && { file }), ...(line !== undefined && { line }) }), replace: true })
  }
  /** Another diff begins at its start. */
  function goDiff(against: string) {
    void navigate({ search: ({ file: _file, line: _line, ...before }) => ({ ...before, pane: 'diff', against }) })
  }
  function setMoment(at: string | undefined) {
    void navigate({ search: ({ at: _at, ...before }) => ({ ...before, ...(at !== undefined && { at }) }), replace: true })
  }
  function setBeside(beside: string | undefined) {
    void navigate({ search: ({ beside: _beside, ...before }) => ({ ...before, pane: 'beside', ...(beside !== undefined && { beside }) }), replace: true })
  }
  /** Another pane begins at its start. */
  function show(next: PaneName | 'none') {
    const { at, msg, beside } = search
    void navigate({ search: { pane: next, ...(at !== undefined && { at }), ...(msg !== undefined && { msg }), ...(beside !== undefined && { beside }) }, replace: true })
  }
  return { search, pane, isNarrow, go, goDiff, goFile, setMoment, setBeside, show }
}

export type AgentPlace = ReturnType<typeof useAgentPlace>
