import { expect, test } from 'vitest'
import { equalWords } from '~/features/diff/sides'

const commit = '083d975'.padEnd(40, '0')
const cases: readonly [against: string, sentence: string][] = [
  [`${commit}..ag_01:0:start`, 'Nothing changed between commit 083d975 and the start of turn 1.'],
  ['ag_01:2:end', 'Nothing has changed since the end of turn 3.'],
]

test.each(cases)('%s equal', (against, sentence) => {
  expect(equalWords(against, [])).toBe(sentence)
})
