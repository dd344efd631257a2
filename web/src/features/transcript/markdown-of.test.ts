import { expect, test } from 'vitest'
import { toolOf } from '~/features/transcript/calls'
import { allMarkdown } from '~/features/transcript/markdown-of'

const ran = (command: string) => ({ ...toolOf({ toolId: 't1', name: 'Bash', kind: 'execute', title: command.split('\n')[0] ?? '', input: { command } }, '2026-11-23T08:00:00Z'), state: 'done' as const })

test('a command is copied byte for byte, whatever it holds', () => {
  expect(allMarkdown([ran('echo `date`')])).toBe('- Ran `` echo `date` ``')
  expect(allMarkdown([ran("cat <<'END'\none\nEND")])).toBe("- Ran\n  ```\n  cat <<'END'\n  one\n  END\n  ```")
})
