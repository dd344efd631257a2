import { Main } from '~/ui/Main'

export function RecoveryPage() {
  return <Main title="Recovery">{undefined}</Main>
}
