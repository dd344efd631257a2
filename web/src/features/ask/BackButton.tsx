import { Button } from '~/ui/Button'

/** From a form back to the ask's own buttons. */
export function BackButton({ isSmall = false, onBack }: { isSmall?: boolean; onBack: () => void }) {
  return (
    <Button isSmall={isSmall} look="quiet" keys="Escape" onClick={onBack}>
      Back
    </Button>
  )
}
