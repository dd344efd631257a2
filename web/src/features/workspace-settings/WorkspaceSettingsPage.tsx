import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { workspaceQuery } from '~/api/workspace-queries'
import { BaseBranch } from '~/features/workspace-settings/BaseBranch'
import { CopiedFiles } from '~/features/workspace-settings/CopiedFiles'
import { CloseWorkspace, WorkspaceName } from '~/features/workspace-settings/General'
import { Host } from '~/features/workspace-settings/Host'
import { Ports } from '~/features/workspace-settings/Ports'
import { Profiles } from '~/features/workspace-settings/Profiles'
import { Proposal } from '~/features/workspace-settings/Proposal'
import { Scripts } from '~/features/workspace-settings/Scripts'
import { visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { FieldRow } from '~/ui/FieldRow'
import { Main, Scroll } from '~/ui/Main'
import { Crumb, PageHead } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'

const route = getRouteApi('/w/$workspaceId/settings')

const parts = [
  { id: 'general', title: 'General' },
  { id: 'scripts', title: 'Scripts' },
  { id: 'copied', title: 'Copied files' },
  { id: 'ports', title: 'Ports' },
  { id: 'profiles', title: 'Launch profiles' },
  { id: 'host', title: 'Host' },
  { id: 'storage', title: 'Storage' },
] as const

export function WorkspaceSettingsPage() {
  const { workspaceId } = route.useParams()
  const workspace = useQuery(workspaceQuery(workspaceId))
  const name = workspace.data?.name
  return (
    <Main title={name === undefined ? 'Workspace settings' : `Settings of ${name}`}>
      <PageHead
        title="Settings"
        crumbs={
          <Crumb>
            <Link to="/w/$workspaceId" params={{ workspaceId }} className="hover:text-fg0 hover:underline">
              {visibleName(name ?? 'Workspace')}
            </Link>
          </Crumb>
        }
      />
      <Scroll>
        {workspace.error && <ErrorNote title="This workspace could not be read" error={workspace.error} onRetry={() => void workspace.refetch()} />}
        {workspace.isPending && <Skeleton label="Reading the workspace" rows={8} />}
        {workspace.data && (
          <div className="grid grid-cols-[200px_minmax(0,680px)] gap-x-12 max-md:grid-cols-1 max-md:gap-y-5">
            <nav aria-label="Settings of this workspace" className="sticky top-0 flex min-w-0 flex-col self-start max-md:static max-md:flex-row max-md:flex-wrap max-md:gap-1">
              {parts.map(({ id, title }) => (
                <Link
                  key={id}
                  to="/w/$workspaceId/settings"
                  params={{ workspaceId }}
                  hash={id}
                  replace
                  activeOptions={{ includeHash: true }}
                  className="touch -ml-2.5 flex h-7 shrink-0 items-center rounded-md px-2.5 text-fg1 hover:bg-bg3 hover:text-fg0 aria-[current=page]:bg-bg4 aria-[current=page]:font-medium aria-[current=page]:text-fg0 max-md:ml-0"
                >
                  {title}
                </Link>
              ))}
            </nav>
            <div className="min-w-0">
              <Part id="general">
                <WorkspaceName workspace={workspace.data} />
                <BaseBranch workspace={workspace.data} />
                <CloseWorkspace workspace={workspace.data} />
              </Part>
              <Part id="scripts">
                <Proposal workspaceId={workspaceId} />
                <Scripts workspaceId={workspaceId} />
              </Part>
              <Part id="copied">
                <CopiedFiles workspaceId={workspaceId} />
              </Part>
              <Part id="ports">
                <Ports workspace={workspace.data} />
              </Part>
              <Part id="profiles">
                <Profiles workspaceId={workspaceId} />
              </Part>
              <Part id="host">
                <Host workspaceId={workspaceId} />
              </Part>
              <Part id="storage">
                <Stored />
              </Part>
            </div>
          </div>
        )}
      </Scroll>
    </Main>
  )
}

function Part({ id, children }: { id: (typeof parts)[number]['id']; children: React.ReactNode }) {
  const title = parts.find((part) => part.id === id)?.title
  return (
    <section id={id} aria-label={title} className="scroll-mt-2 pb-8">
      <h2 className="pb-2 text-xl font-semibold tracking-[-0.016em]">{title}</h2>
      {children}
    </section>
  )
}

function Stored() {
  return (
    <FieldRow title={<span className="font-medium">What is kept</span>} text="Muster measures the trash, salvages, transcripts and logs of all workspaces together.">
      <span className="flex gap-1">
        <Link to="/recovery" className={linkLook('plain')}>
          Recovery
        </Link>
        <Link to="/settings/$section" params={{ section: 'storage' }} className={linkLook('quiet')}>
          Limits
        </Link>
      </span>
    </FieldRow>
  )
}
