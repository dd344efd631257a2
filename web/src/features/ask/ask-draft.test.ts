import { describe, expect, it } from 'vitest'
import { noDraft, parseAskDraft, withLine, withPart } from '~/features/ask/ask-draft'

describe('the draft of an ask', () => {
  it('is read as it was stored', () => {
    const draft = withPart(undefined, {
      reason: 'not this',
      edited: '',
      comments: [{ line: 2, text: 'why' }],
      chosen: { 1: { labels: ['a'], own: '' } },
      rule: { text: 'Bash(make **)', scope: 'agent' },
    })
    expect(parseAskDraft(JSON.parse(JSON.stringify(draft)))).toEqual(draft)
  })
  it('is nothing while nothing is in it', () => {
    expect(withPart(withPart(undefined, { reason: 'a' }), { reason: '' })).toBeUndefined()
    expect(withPart(undefined, { chosen: { 0: { labels: [], own: '' } } })).toBeUndefined()
    expect(withPart(undefined, { edited: '' })).toEqual({ ...noDraft, edited: '' })
  })
  it('leaves out what it cannot read', () => {
    expect(parseAskDraft('text')).toBeUndefined()
    expect(parseAskDraft({ reason: 1, comments: [{ line: 'x', text: 'a' }, 3], chosen: { 0: { labels: [1, 'b'] } }, rule: { text: 'Bash', scope: 'moon' } })).toEqual({
      ...noDraft,
      chosen: { 0: { labels: ['b'], own: '' } },
    })
  })
  it('has one text of a line', () => {
    expect(withLine(withLine([], 1, 'a'), 1, 'b')).toEqual([{ line: 1, text: 'b' }])
    expect(withLine([{ line: 1, text: 'a' }], 1, '')).toEqual([])
  })
})
