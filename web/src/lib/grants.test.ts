import { expect, test } from 'vitest'
import { grantsOf } from '~/lib/grants'

const session = { destination: 'session' }

test.each([
  [{ type: 'setMode', mode: 'acceptEdits', ...session }, 'change files without asking'],
  [{ type: 'setMode', mode: 'bypassPermissions', ...session }, 'work in the mode bypassPermissions'],
  [{ type: 'addDirectories', directories: ['/repo/wt', '/tmp'], ...session }, 'work in /repo/wt, /tmp'],
  [
    { type: 'addRules', behavior: 'allow', rules: [{ toolName: 'Bash', ruleContent: 'npm test *' }, { toolName: 'Read' }], ...session },
    'allow Bash(npm test *), Read',
  ],
])('%j is described in words', (grant, text) => {
  expect(grantsOf([grant])).toEqual([text])
})

test('what is not for the session is not granted, and an unknown kind is shown as it is', () => {
  expect(grantsOf([{ type: 'addRules', rules: [], destination: 'localSettings' }, { type: 'new', ...session }])).toEqual([
    '{\n  "type": "new",\n  "destination": "session"\n}',
  ])
  expect(grantsOf(undefined)).toEqual([])
})

test('of options, the one that always allows is named', () => {
  const options = [
    { optionId: 'a', kind: 'allow_once', name: 'Allow' },
    { optionId: 'b', kind: 'allow_always', name: 'Allow for this session' },
  ]
  expect(grantsOf(options)).toEqual(['Allow for this session'])
  expect(grantsOf(options.slice(0, 1))).toEqual([])
})
