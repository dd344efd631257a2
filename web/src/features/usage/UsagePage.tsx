import { Main } from '~/ui/Main'

export function UsagePage() {
  return <Main title="Usage">{undefined}</Main>
}
