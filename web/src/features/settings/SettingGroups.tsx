import { useQuery } from '@tanstack/react-query'
import { clisQuery } from '~/api/doctor'
import type { CliInstall } from '~/api/generated'
import type { Group } from '~/features/settings/sections'
import { SettingRow, type Saved } from '~/features/settings/SettingRow'
import { visibleName } from '~/lib/visible'

export function SettingGroups({ groups, onSaved }: { groups: readonly Group[]; onSaved: (saved: Saved) => void }) {
  return groups.map(({ heading, settings }) => (
    <section key={heading} aria-label={visibleName(heading)}>
      <h3 className="pt-6 pb-1 font-semibold">{visibleName(heading)}</h3>
      {settings.map((setting) => (
        <SettingRow key={setting.name} setting={setting} onSaved={onSaved} more={<ProgramState name={setting.name} />} />
      ))}
    </section>
  ))
}

const program = /^agent\.(.+)_path$/

/** Of the path of a CLI: what was found. */
function ProgramState({ name }: { name: string }) {
  const adapter = program.exec(name)?.[1]
  const clis = useQuery({ ...clisQuery(), enabled: adapter !== undefined })
  const cli = clis.data?.clis.find((one) => one.adapter === adapter)
  return cli ? <> {stateOf(cli)}</> : null
}

const logins = { logged_in: ', signed in', logged_out: ', not signed in', unknown: '' } as const

function stateOf({ found, version, path, notExecutable, login }: CliInstall): string {
  if (notExecutable !== undefined) return `${visibleName(notExecutable)} is not executable.`
  if (!found) return 'Not found.'
  return `Found: ${[version, path].filter((part) => part !== undefined).map(visibleName).join(' at ')}${logins[login]}.`
}
