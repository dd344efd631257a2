import { Main } from '~/ui/Main'

export function DoctorPage() {
  return <Main title="Doctor">{undefined}</Main>
}
