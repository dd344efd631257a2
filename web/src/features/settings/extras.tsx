import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { storageQuery, systemQuery } from '~/api/queries'
import { workspacesQuery } from '~/api/workspace-queries'
import { Approvals } from '~/features/settings/Approvals'
import { Browser } from '~/features/settings/Browser'
import { Eyes } from '~/features/settings/Eyes'
import type { SectionId } from '~/features/settings/sections'
import { Shortcuts } from '~/features/settings/Shortcuts'
import { formatBytes } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { useCopy } from '~/ui/CopyButton'
import { FieldRow } from '~/ui/FieldRow'

/** What a section shows beside the settings of the table. */
export const extras: Partial<Record<SectionId, ComponentType>> = {
  agents: Profiles,
  approvals: Approvals,
  notifications: Browser,
  storage: Stored,
  eyes: Eyes,
  shortcuts: Shortcuts,
  about: About,
}

function Heading({ text }: { text: string }) {
  return <h3 className="pt-6 pb-1 font-semibold">{text}</h3>
}

/** Launch profiles belong to a workspace. */
function Profiles() {
  const workspaces = useQuery(workspacesQuery()).data?.workspaces ?? []
  if (workspaces.length === 0) return null
  return (
    <section aria-label="Launch profiles">
      <Heading text="Launch profiles" />
      <p className="pb-2 text-sm text-fg2">A set of CLI, model, mode, permissions and limits for new agents. Each workspace has its own.</p>
      <ul>
        {workspaces.map(({ id, name }) => (
          <li key={id} className="flex min-h-8 items-center border-t border-line">
            <Link to="/w/$workspaceId/settings" params={{ workspaceId: id }} hash="profiles" className="touch flex h-8 flex-1 items-center text-fg1 hover:text-fg0 hover:underline">
              {visibleName(name)}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Stored() {
  const storage = useQuery(storageQuery()).data
  if (!storage) return null
  const limit = storage.storeCapBytes === 0 ? 'without a limit' : `of ${formatBytes(storage.storeCapBytes)}`
  return (
    <section aria-label="In use now">
      <Heading text="In use now" />
      <FieldRow
        title={<span className="font-medium">The store</span>}
        text={`${formatBytes(storage.storeBytes)} ${limit}, and ${formatBytes(storage.freeBytes)} in its file for new content.`}
      >
        <span className="flex gap-1">
          <Link to="/doctor" className={linkLook('plain')}>
            What takes the space
          </Link>
          <Link to="/recovery" className={linkLook('quiet')}>
            Recovery
          </Link>
        </span>
      </FieldRow>
    </section>
  )
}

function About() {
  const system = useQuery(systemQuery()).data
  const { isDone, copy } = useCopy()
  if (!system) return null
  const rows = [
    { title: 'Version', text: system.version },
    { title: 'Data folder', text: system.home },
    { title: 'Command', text: system.command },
  ]
  return (
    <section aria-label="About Muster">
      <p className="pt-1 pb-4 text-fg1">Muster runs, watches and steers the AI agents of its user on this machine.</p>
      <dl>
        {rows.map(({ title, text }) => (
          <div key={title} className="grid min-h-8 grid-cols-[120px_minmax(0,1fr)] items-center border-t border-line py-1">
            <dt className="text-fg2">{title}</dt>
            <dd className={`min-w-0 [overflow-wrap:anywhere] ${title === 'Version' ? '' : 'font-mono text-sm'}`}>{visibleName(text)}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 flex gap-2">
        <Button onClick={() => copy(rows.map(({ title, text }) => `${title}: ${text}`).join('\n'))}>{isDone ? 'Copied' : 'Copy details'}</Button>
        <Link to="/doctor" className={linkLook('quiet')}>
          Check the installation
        </Link>
      </div>
    </section>
  )
}
