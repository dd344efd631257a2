import type { Item } from '~/features/transcript/items'
import { objectOf, verbOf } from '~/features/transcript/words'

/** An item as Markdown, as somebody would paste it. */
export function markdownOf(item: Item): string {
  switch (item.kind) {
    case 'prompt':
      return item.text.split('\n').map((line) => `> ${line}`).join('\n')
    case 'tool':
      return `- ${verbOf(item)} \`${objectOf(item).replaceAll('`', "'")}\``
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

export function allMarkdown(items: readonly Item[]): string {
  return items.map(markdownOf).filter(Boolean).join('\n\n')
}
