import { call } from '~/api/client'
import type { AgentOverview } from '~/api/generated'
import { CallError } from '~/api/wire'
import { sentence } from '~/lib/format'

/** The keys of sendings whose outcome is unknown: a second try under the same key sends nothing twice. */
export type Unheard = Map<string, string>

async function startIt(agentId: string): Promise<string> {
  try {
    await call('start_agent', { agentId }, crypto.randomUUID())
    return 'queued; the agent starts'
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    return `queued; the agent did not start: ${sentence(error.message)}`
  }
}

/** One prompt to one of many, as the composer sends it: who does not run is started. Answers what became of it. */
export async function sendTo({ id: agentId }: Pick<AgentOverview, 'id'>, content: string, unheard: Unheard): Promise<string> {
  const of = `${agentId} ${content}`
  const key = unheard.get(of) ?? crypto.randomUUID()
  unheard.set(of, key)
  try {
    const { status, running } = (await call('send_message_to_agent', { agentId, content }, key)).body
    unheard.delete(of)
    if (status === 'sent') return 'sent'
    return running ? 'queued until its turn ends' : await startIt(agentId)
  } catch (error) {
    if (!(error instanceof CallError) || error.status !== 0) unheard.delete(of)
    throw error
  }
}
