import type { Item, ToolItem } from '~/features/transcript/items'
import { commandOf, objectOf, verbOf } from '~/features/transcript/words'
import { fenced, inlineCode } from '~/lib/fence'

/** An item as Markdown, as somebody would paste it. */
export function markdownOf(item: Item): string {
  switch (item.kind) {
    case 'prompt':
      return item.text.split('\n').map((line) => `> ${line}`).join('\n')
    case 'tool':
      return callMarkdown(item)
    case 'ask':
      return [`- ${item.ask.title ?? item.ask.tool}`, ...item.answers.map(([question, answer]) => `  - ${question} **${answer}**`)].join('\n')
    case 'note':
    case 'fail':
    case 'text':
      return item.text
    case 'thought':
      return ''
    default:
      return item satisfies never
  }
}

/** A command with all of its lines, so that it can be run again. */
function callMarkdown(item: ToolItem): string {
  const text = item.toolKind === 'execute' ? commandOf(item) : objectOf(item)
  if (!text.includes('\n')) return `- ${verbOf(item)} ${inlineCode(text)}`
  return [`- ${verbOf(item)}`, ...fenced(text).split('\n').map((line) => `  ${line}`)].join('\n')
}

export function allMarkdown(items: readonly Item[]): string {
  return items.map(markdownOf).filter(Boolean).join('\n\n')
}
