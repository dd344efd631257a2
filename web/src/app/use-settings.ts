import { useEffect } from 'react'
import { useSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { earlierTheme, forgetEarlierTheme, showTheme, theme, themeOf, type Theme } from '~/app/theme'
import { setLetterKeys } from '~/lib/keys'
import { useStore } from '~/lib/store'
import { toastError } from '~/ui/toasts'

/** Theme changes that are not stored yet. Until they are, the settings still have the previous theme. */
let unstoredChoices = 0
/** The theme of the settings, as far as it is known while choices are on their way. */
let kept: Theme = 'system'

/** Shows the theme of the settings. A choice that only this browser kept becomes the setting, unless there is one. */
function useStoredTheme() {
  const stored = themeOf(useSetting('theme'))
  const { mutate } = useAct('update_setting', undefined, 'toasted')
  useEffect(() => {
    if (!stored || unstoredChoices > 0) return
    const earlier = earlierTheme()
    if (!earlier || stored !== 'system') {
      forgetEarlierTheme()
      showTheme(stored)
    } else mutate({ name: 'theme', value: earlier }, { onSuccess: forgetEarlierTheme })
  }, [stored, mutate])
}

/** The theme that is shown, and how to choose another one: at once, and for every page of this user. */
export function useTheme() {
  const shown = useStore(theme)
  const store = useAct('update_setting', undefined, 'toasted')
  function choose(next: Theme) {
    if (unstoredChoices === 0) kept = shown
    unstoredChoices += 1
    showTheme(next)
    store
      .mutateAsync({ name: 'theme', value: next })
      .then(
        () => {
          kept = next
        },
        // One that was chosen after it stays.
        () => theme.get() === next && showTheme(kept),
      )
      .finally(() => {
        unstoredChoices -= 1
      })
  }
  return { shown, choose }
}

function useKeptDrafts() {
  const isKept = useSetting('auto_save') !== 'false'
  useEffect(() => void import('~/api/ui-state').then(({ keepDrafts }) => keepDrafts(isKept)), [isKept])
  useEffect(() => void import('~/api/ui-state').then(({ reportRefusals }) => reportRefusals(toastError)), [])
}

/** Keys without Ctrl or Alt can be switched off, for people who dictate. */
function useLetterKeys() {
  const areOn = useSetting('letter_keys') !== 'false'
  useEffect(() => setLetterKeys(areOn), [areOn])
}

/** What the settings of the user change on every page. */
export function useSettings() {
  useStoredTheme()
  useKeptDrafts()
  useLetterKeys()
}
