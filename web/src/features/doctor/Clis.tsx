import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { clisQuery } from '~/api/doctor'
import type { CliInstall } from '~/api/generated'
import { useCommand } from '~/api/use-command'
import { sentence } from '~/lib/format'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { Command } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'

/** The agent CLIs: what is installed, which version, who is signed in, and what to do where something is missing. */
export function Clis() {
  const clis = useQuery(clisQuery())
  const paths = (
    <Link to="/settings/$section" params={{ section: 'agents' }} className={linkLook('quiet', true)}>
      Paths
    </Link>
  )
  return (
    <Section title="Agent CLIs" more={paths}>
      {clis.error && <ErrorNote title="The CLIs could not be looked for" error={clis.error} onRetry={() => void clis.refetch()} />}
      {clis.isPending && <Skeleton label="Looking for the CLIs" rows={5} />}
      <ul aria-label="Agent CLIs">{clis.data?.clis.map((cli) => <CliRow key={cli.adapter} cli={cli} />)}</ul>
    </Section>
  )
}

function lookOf({ found, notExecutable, login }: CliInstall): { look: Look; word: string } {
  if (notExecutable !== undefined) return { look: 'error', word: 'Not executable' }
  if (!found) return { look: 'idle', word: 'Not installed' }
  return login === 'logged_out' ? { look: 'offline', word: 'Not signed in' } : { look: 'finished', word: 'Found' }
}

const logins = { logged_in: 'signed in', logged_out: 'not signed in', unknown: 'sign-in not known' } as const

function stateText({ found, version, testedVersions, isTested, login, loginSource, notExecutable }: CliInstall): string {
  if (notExecutable !== undefined) return 'There, but not executable'
  if (!found) return 'Not installed'
  const known = version === undefined ? 'version not known yet' : `version ${version}`
  const tested = version === undefined || isTested || testedVersions.length === 0 ? '' : `, tested with ${testedVersions.join(', ')}`
  const source = loginSource === undefined ? '' : ` by ${loginSource}`
  return `${known}${tested}; ${logins[login]}${login === 'logged_in' ? source : ''}`
}

function CliRow({ cli }: { cli: CliInstall }) {
  const { name, adapter, found, path, notExecutable, login, loginCommand, installCommand } = cli
  const { look, word } = lookOf(cli)
  const test = useCommand(`agent check --adapter ${adapter}`)
  const advice = !found ? installCommand : login === 'logged_out' ? loginCommand : test
  return (
    <li className="grid min-h-12 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-y-1 border-t border-line py-1.5 max-sm:grid-cols-[28px_minmax(0,1fr)]">
      <StatusGlyph look={look} word={word} />
      <div className="min-w-0">
        <p className={found ? 'font-medium' : 'text-fg2'}>{visibleName(name)}</p>
        <p className="text-sm [overflow-wrap:anywhere] text-fg2">
          {visibleName(sentence(stateText(cli)))}
          {(path ?? notExecutable) !== undefined && (
            <>
              , <span className="font-mono">{visibleName(path ?? notExecutable ?? '')}</span>
            </>
          )}
        </p>
      </div>
      {advice !== undefined && advice !== '' && (
        <span className="flex min-w-0 items-center gap-2 text-sm text-fg2 max-sm:col-start-2 max-sm:flex-col max-sm:items-start">
          {notExecutable !== undefined ? 'Make it executable' : !found ? 'Install' : login === 'logged_out' ? 'Sign in' : 'Self-test'}
          <span className="max-w-96 min-w-0">
            <Command text={visibleName(advice)} />
          </span>
        </span>
      )}
    </li>
  )
}
