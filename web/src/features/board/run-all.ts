import { call } from '~/api/client'
import type { AgentOverview } from '~/api/generated'
import { CallError, type Input, type OpName } from '~/api/wire'
import { sentence } from '~/lib/format'

/** What became of one of several: what it came to, or why it failed. */
export type Result = { agent: AgentOverview; fault: string | undefined; said?: string }
export type Report = { title: string; results: readonly Result[] }

type Act = (agent: AgentOverview) => Promise<string | undefined>

/** One after the other; what each of them answered is kept. */
export async function eachOf(agents: readonly AgentOverview[], act: Act): Promise<Result[]> {
  const results: Result[] = []
  for (const agent of agents) {
    try {
      const said = await act(agent)
      results.push({ agent, fault: undefined, ...(said !== undefined && { said }) })
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      results.push({ agent, fault: sentence(error.message) })
    }
  }
  return results
}

/** The same call for each. */
export function runAll<K extends OpName>(op: K, agents: readonly AgentOverview[], inputOf: (agent: AgentOverview) => Input<K>): Promise<Result[]> {
  return eachOf(agents, async (agent) => {
    await call(op, inputOf(agent), crypto.randomUUID())
    return undefined
  })
}

/** "Stopped: all 3", or how many of them failed. */
export function titleOf({ title, results }: Report): string {
  const failed = results.filter(({ fault }) => fault !== undefined).length
  return failed === 0 ? `${title}: all ${results.length}` : `${title}: ${failed} of ${results.length} failed`
}
