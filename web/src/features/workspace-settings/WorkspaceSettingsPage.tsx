import { Main } from '~/ui/Main'

export function WorkspaceSettingsPage() {
  return <Main title="Workspace settings">{undefined}</Main>
}
