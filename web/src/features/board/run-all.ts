import { call } from '~/api/client'
import type { AgentOverview } from '~/api/generated'
import { useIsMounted } from '~/api/use-act'
import { CallError, type Input, type OpName } from '~/api/wire'
import { sentence } from '~/lib/format'
import { createStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'
import { toast, toastError } from '~/ui/toasts'

/** What became of one of several: what it came to, or why it failed. */
export type Result = { agent: AgentOverview; fault: string | undefined; said?: string }
export type Report = { title: string; results: readonly Result[] }

type Act = (agent: AgentOverview) => Promise<string | undefined>

/** One that takes long delays no other; more would only wait in the daemon. */
const atOnce = 8

/** What is being done to several: it goes on when the page that shows it is left. */
export type Running = { doing: string; done: number; total: number; since: number; isCancelled: boolean }
export const running = createStore<Running | undefined>(undefined)

/** What has begun is not taken back. */
export const cancelRunning = () => running.set((now) => now && { ...now, isCancelled: true })

async function resultOf(agent: AgentOverview, act: Act): Promise<Result> {
  if (running.get()?.isCancelled) return { agent, fault: 'Not done: you cancelled it.' }
  try {
    const said = await act(agent)
    return { agent, fault: undefined, ...(said !== undefined && { said }) }
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    return { agent, fault: sentence(error.message) }
  } finally {
    running.set((now) => now && { ...now, done: now.done + 1 })
  }
}

/** Several at a time; what each of them answered is kept, in their order. Whoever starts it makes sure that nothing else runs. */
export async function eachOf(doing: string, agents: readonly AgentOverview[], act: Act): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  running.set({ doing, done: 0, total: agents.length, since: Date.now(), isCancelled: false })
  async function work() {
    for (let at = next++; ; at = next++) {
      const agent = agents[at]
      if (!agent) return
      results[at] = await resultOf(agent, act)
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work))
  } finally {
    running.set(undefined)
  }
  return results
}

/** The same call for each. */
export function runAll<K extends OpName>(doing: string, op: K, agents: readonly AgentOverview[], inputOf: (agent: AgentOverview) => Input<K>): Promise<Result[]> {
  return eachOf(doing, agents, async (agent) => {
    await call(op, inputOf(agent), crypto.randomUUID())
    return undefined
  })
}

const faultsOf = ({ results }: Report) => results.filter(({ fault }) => fault !== undefined)

/** "Stopped: all 3", or how many of them failed. */
export function titleOf(report: Report): string {
  const failed = faultsOf(report).length
  return failed === 0 ? `${report.title}: all ${report.results.length}` : `${report.title}: ${failed} of ${report.results.length} failed`
}

const mostNamed = 3

/** For somebody who has gone elsewhere by then. */
function toastReport(report: Report) {
  const failed = faultsOf(report)
  if (failed.length === 0) return toast(titleOf(report))
  const named = failed.slice(0, mostNamed).map(({ agent, fault }) => `${visibleName(agent.name)}: ${fault}`)
  return toastError(new Error([`${titleOf(report)}.`, ...named, ...(failed.length > mostNamed ? [`And ${failed.length - mostNamed} more.`] : [])].join(' ')))
}

/** Shows a report where it was asked for, if that is still on screen. */
export function useReported(show: (report: Report) => void): (report: Report) => void {
  const isMounted = useIsMounted()
  return (report) => (isMounted.current ? show(report) : toastReport(report))
}
