import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { LaunchProfile } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { profilesQuery } from '~/api/workspace-settings'
import { ProfileDialog } from '~/features/workspace-settings/ProfileDialog'
import { profileText, valuesOf } from '~/features/workspace-settings/profile-values'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Menu } from '~/ui/Menu'
import { Skeleton } from '~/ui/Skeleton'
import { toastUndo } from '~/ui/toasts'

/** Sets of values with which agents are created. */
export function Profiles({ workspaceId }: { workspaceId: string }) {
  const profiles = useQuery(profilesQuery(workspaceId))
  const [open, setOpen] = useState<{ profile?: LaunchProfile }>()
  const add = (
    <Button icon="plus" onClick={() => setOpen({})}>
      Add a profile
    </Button>
  )
  if (profiles.error) return <ErrorNote title="The profiles could not be read" error={profiles.error} onRetry={() => void profiles.refetch()} />
  if (!profiles.data) return <Skeleton label="Reading the profiles" rows={2} />
  const all = profiles.data.profiles
  return (
    <>
      {all.length === 0 ? (
        <Empty
          title="No profile yet."
          text="A profile holds CLI, model, mode, permissions, limits and environment, so that an agent is started with one choice."
          action={add}
          command={`profile create ${workspaceId} careful --mode plan`}
        />
      ) : (
        <>
          <ol aria-label="Profiles">
            {all.map((profile, place) => (
              <ProfileRow key={profile.id} profile={profile} place={place} all={all} onEdit={() => setOpen({ profile })} />
            ))}
          </ol>
          <div className="pt-2">{add}</div>
        </>
      )}
      {open && <ProfileDialog workspaceId={workspaceId} {...open} onClose={() => setOpen(undefined)} />}
    </>
  )
}

type ProfileRowProps = { profile: LaunchProfile; place: number; all: readonly LaunchProfile[]; onEdit: () => void }

function ProfileRow({ profile, place, all, onEdit }: ProfileRowProps) {
  const { id: profileId, workspaceId, name } = profile
  const create = useAct('create_launch_profile', undefined, 'toasted')
  const remove = useAct('delete_launch_profile', () => toastUndo(`Deleted ${visibleName(name)}`, () => create.mutateAsync({ workspaceId, ...valuesOf(profile) })), 'toasted')
  const reorder = useAct('reorder_launch_profiles', undefined, 'toasted')
  function move(to: number) {
    const profileIds = all.map(({ id }) => id)
    profileIds.splice(to, 0, ...profileIds.splice(place, 1))
    reorder.mutate({ workspaceId, profileIds })
  }
  return (
    <li className="grid min-h-12 grid-cols-[minmax(0,1fr)_auto] items-center gap-3 border-t border-line py-1">
      <div className="min-w-0">
        <p className="truncate font-medium">{visibleName(name)}</p>
        <p className="truncate text-sm text-fg2">{visibleName(profileText(profile))}</p>
      </div>
      <span className="flex items-center gap-1">
        <Button isSmall look="quiet" onClick={onEdit}>
          Edit<span className="sr-only"> {visibleName(name)}</span>
        </Button>
        <Menu
          label={`More for ${visibleName(name)}`}
          icon="more"
          isSmall
          items={[
            { label: 'Move up', isOff: place === 0 ? 'It is the first' : undefined, run: () => move(place - 1) },
            { label: 'Move down', isOff: place === all.length - 1 ? 'It is the last' : undefined, run: () => move(place + 1) },
            'line',
            { label: 'Delete', isDanger: true, run: () => remove.mutate({ workspaceId, profileId }) },
          ]}
        />
      </span>
    </li>
  )
}
