import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { gamesQuery } from '~/api/eye-queries'
import { useAct } from '~/api/use-act'
import type { CallError } from '~/api/wire'
import { GameList } from '~/features/eyes/GameList'
import { SetupFields } from '~/features/eyes/SetupFields'
import { configOf, emptyDraft, faultsOf, placedFaults, type Draft } from '~/features/eyes/start-draft'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { Skeleton } from '~/ui/Skeleton'

/** Starts a game in a new eye, and leads to it. */
export function StartEye({ onClose }: { onClose: () => void }) {
  const games = useQuery(gamesQuery())
  const [draft, setDraft] = useState<Draft>(emptyDraft)
  const [isTried, setTried] = useState(false)
  const navigate = useNavigate()
  const act = useAct('start_synthetic_eye', ({ id }) => {
    onClose()
    void navigate({ to: '/eyes/$eyeId', params: { eyeId: id } })
  })
  const set = (news: Partial<Draft>) => setDraft((now) => ({ ...now, ...news }))
  const own = faultsOf(draft)
  const faults = { ...placedFaults(act.error), ...(isTried && own) }
  function submit() {
    setTried(true)
    if (Object.keys(own).length > 0) return
    const { game, name } = draft
    act.mutate({ game, config: configOf(draft), ...(name.trim() !== '' && { name: name.trim() }) })
  }
  return (
    <Dialog title="Start an eye" submit={act.isPending ? 'Starting' : 'Start'} isBusy={act.isPending} onSubmit={submit} onClose={onClose}>
      {games.error && <ErrorNote title="The games could not be read" error={games.error} onRetry={() => void games.refetch()} />}
      {games.isPending && <Skeleton label="Reading the games" rows={6} />}
      {games.data && <GameList games={games.data.games} chosen={draft.game} onChoose={(game) => set({ game })} />}
      <SetupFields draft={draft} set={set} faults={faults} />
      <TextField label="Name" placeholder="as the game’s" maxLength={100} value={draft.name} error={faults['name']} onText={(name) => set({ name })} />
      {act.error && !isPlaced(act.error) && <ErrorNote title="The eye could not be started" error={act.error} />}
    </Dialog>
  )
}

const fields: ReadonlySet<string> = new Set(['width', 'height', 'hz', 'clock', 'buffers', 'socketPath', 'name'])
const isPlaced = (error: CallError) => Object.keys(placedFaults(error)).some((name) => fields.has(name))
