import { useQuery } from '@tanstack/react-query'
import type { EyeRequirement } from '~/api/generated'
import { requirementsQuery } from '~/api/eye-queries'
import { said } from '~/features/eyes/words'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

/** What eyes need of this machine, and what is used where something is not there. */
export function Requirements() {
  const { data, error, isPending, isFetching, refetch } = useQuery(requirementsQuery())
  const again = () => void refetch()
  return (
    <Section
      title="This machine"
      count={data && (data.isReady ? 'eyes can be started' : 'something is missing')}
      more={
        <Button isSmall look="quiet" isOff={isFetching} onClick={again}>
          {isFetching ? 'Checking' : 'Check again'}
        </Button>
      }
    >
      {error && <ErrorNote title="This machine could not be checked" error={error} onRetry={again} />}
      {isPending && <Skeleton label="Checking this machine" rows={6} />}
      {data && (
        <ul aria-label="Requirements">
          {data.requirements.map((one) => (
            <RequirementRow key={one.id} requirement={one} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function RequirementRow({ requirement: { name, ok, isRequired, found, needed, instead } }: { requirement: EyeRequirement }) {
  const [look, word] = ok ? (['finished', 'there'] as const) : isRequired ? (['error', 'missing'] as const) : (['offline', 'not there, and not needed'] as const)
  return (
    <li className="grid min-h-8 grid-cols-[28px_144px_minmax(0,1fr)] items-start border-t border-line py-1.5 max-sm:grid-cols-[28px_minmax(0,1fr)]">
      <StatusGlyph look={look} word={word} className="mt-[3px]" />
      <span className={ok || isRequired ? 'font-medium' : 'text-fg1'}>{visibleName(name)}</span>
      <span className="min-w-0 [overflow-wrap:anywhere] max-sm:col-start-2">
        <span className="text-fg1">{found === '' ? 'Not found' : visible(found)}</span>
        {!ok && <span className="text-fg2">{`; needed: ${visible(needed)}`}</span>}
        {instead !== undefined && <span className="block text-fg0">{visible(said(instead))}</span>}
      </span>
    </li>
  )
}
