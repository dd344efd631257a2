import { Fragment, memo, useState } from 'react'
import type { MarkedToken, Token, Tokens } from 'marked'
import { GrowingMarkdown, linkTarget, markedTokens, plainText } from '~/lib/markdown'
import { visible } from '~/lib/visible'
import { CodeBlock } from '~/ui/CodeBlock'

/** Entities are decoded first, because they too can represent invisible characters. */
const shownText = (text: string) => visible(plainText(text))

/** Text of a model as React elements. No HTML string ever exists, so there is nothing to sanitise. */
export function Markdown({ text }: { text: string }) {
  const [growing] = useState(() => new GrowingMarkdown())
  return <MarkdownBlocks tokens={growing.update(text)} />
}

/** Blocks that somebody else has read: some of a longer text. */
export function MarkdownBlocks({ tokens }: { tokens: readonly MarkedToken[] }) {
  return (
    <div className="flex min-w-0 flex-col gap-2.5 text-md [overflow-wrap:anywhere]">
      {tokens.map((token, place) => (
        <Block key={place} token={token} />
      ))}
    </div>
  )
}

const Block = memo(function Block({ token }: { token: MarkedToken }) {
  switch (token.type) {
    case 'heading':
      return <p className={`font-semibold ${token.depth <= 2 ? 'mt-1 text-lg' : ''}`}>{inline(token.tokens)}</p>
    case 'paragraph':
      return <p>{inline(token.tokens)}</p>
    case 'text':
      return <>{token.tokens ? inline(token.tokens) : shownText(token.text)}</>
    case 'code':
      return (
        <CodeBlock copy={token.text} label={visible(token.lang || 'Code')}>
          {visible(token.text)}
        </CodeBlock>
      )
    case 'blockquote':
      return <blockquote className="flex flex-col gap-2 border-l-2 border-line2 pl-3 text-fg1">{blocks(token.tokens)}</blockquote>
    case 'list':
      return <ListBlock token={token} />
    case 'table':
      return <TableBlock token={token} />
    case 'hr':
      return <hr className="border-line2" />
    case 'html':
      return <p className="whitespace-pre-wrap">{visible(token.raw)}</p>
    default:
      return null
  }
})

function blocks(tokens: readonly Token[] | undefined) {
  return markedTokens(tokens).map((token, place) => <Block key={place} token={token} />)
}

function ListBlock({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, place) => (
    <li key={place} className="pl-0.5 [&>p+p]:mt-2">
      {item.task && (
        <span role="img" aria-label={item.checked ? 'done' : 'to do'} className="mr-1.5 font-mono text-fg2">
          {item.checked ? '☑' : '☐'}
        </span>
      )}
      {blocks(item.tokens.filter((part) => part.type !== 'checkbox'))}
    </li>
  ))
  const look = 'flex flex-col gap-1 pl-5.5 marker:text-fg2'
  return token.ordered ? (
    <ol start={token.start || 1} className={`list-decimal ${look}`}>
      {items}
    </ol>
  ) : (
    <ul className={`list-disc ${look}`}>{items}</ul>
  )
}

const alignOf = { left: '', center: 'text-center', right: 'text-right' } as const
const cellLook = ({ align }: Tokens.TableCell) => (align === null ? '' : alignOf[align])

function TableBlock({ token }: { token: Tokens.Table }) {
  return (
    <div className="max-w-full overflow-x-auto rounded-md border border-line" tabIndex={0} role="group" aria-label="Table">
      <table className="w-full border-collapse text-base break-words">
        <thead className="bg-bg1 text-left">
          <tr>
            {token.header.map((cell, place) => (
              <th key={place} className={`px-2.5 py-1 font-medium ${cellLook(cell)}`}>
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, line) => (
            <tr key={line} className="border-t border-line">
              {row.map((cell, place) => (
                <td key={place} className={`px-2.5 py-1 align-top ${cellLook(cell)}`}>
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function inline(tokens: readonly Token[] | undefined) {
  return markedTokens(tokens).map((token, place) => <Fragment key={place}>{inlineOne(token)}</Fragment>)
}

function inlineOne(token: MarkedToken) {
  switch (token.type) {
    case 'strong':
      return <strong className="font-semibold">{inline(token.tokens)}</strong>
    case 'em':
      return <em>{inline(token.tokens)}</em>
    case 'del':
      return <del>{inline(token.tokens)}</del>
    case 'codespan':
      return <code className="rounded-sm bg-bg3 px-1 py-px font-mono text-[0.9em]">{visible(token.text)}</code>
    case 'br':
      return <br />
    case 'link':
      return <Anchor href={token.href}>{inline(token.tokens)}</Anchor>
    // Nothing is loaded just because a model's text refers to it.
    case 'image':
      return <Anchor href={token.href}>{shownText(token.text) || visible(token.href)}</Anchor>
    case 'text':
      return token.tokens ? inline(token.tokens) : shownText(token.text)
    case 'escape':
      return visible(token.text)
    default:
      return visible(token.raw)
  }
}

function Anchor({ href, children }: { href: string; children: React.ReactNode }) {
  const target = linkTarget(href)
  if (!target) return <>{children}</>
  return (
    <a href={target} target="_blank" rel="noreferrer noopener" className="text-accent underline underline-offset-2">
      {children}
    </a>
  )
}
