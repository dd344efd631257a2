import { Main } from '~/ui/Main'

export function WelcomePage() {
  return <Main title="Welcome">{undefined}</Main>
}
