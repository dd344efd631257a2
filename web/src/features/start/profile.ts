import type { LaunchProfile } from '~/api/generated'
import type { Choices } from '~/features/start/choices'

/** Those that start an agent; one of a terminal starts none. */
export const agentProfiles = (profiles: readonly LaunchProfile[]) => profiles.filter(({ adapter }) => adapter !== 'terminal')

/** What a profile says becomes what is chosen; what it leaves open is as usual. */
export function choicesOf({ adapter, model, mode, effort, permissions }: LaunchProfile): Partial<Choices> {
  return { ...(adapter && { adapter }), model: model ?? '', mode, effort, permissions: permissions ?? ['read'] }
}
