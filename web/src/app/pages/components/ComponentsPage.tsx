import { Buttons } from '~/app/pages/components/Buttons'
import { Fields } from '~/app/pages/components/Fields'
import { Notes } from '~/app/pages/components/Notes'
import { Overlays } from '~/app/pages/components/Overlays'
import { Panes } from '~/app/pages/components/Panes'
import { Statuses } from '~/app/pages/components/Statuses'
import { Texts } from '~/app/pages/components/Texts'
import { Main, Scroll } from '~/ui/Main'
import { PageHead } from '~/ui/PageHead'

/** Every component in all its states, for those who write them. Nothing leads here; its address is `/_components`. */
export function ComponentsPage() {
  return (
    <Main title="Components">
      <PageHead title="Components">
        <span className="text-sm text-fg2">Nothing here does anything.</span>
      </PageHead>
      <Scroll>
        <div className="max-w-[1080px]">
          <Buttons />
          <Fields />
          <Statuses />
          <Texts />
          <Notes />
          <Overlays />
          <Panes />
        </div>
      </Scroll>
    </Main>
  )
}
