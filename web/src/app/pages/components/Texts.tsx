import { bidiText, Group, longText, longWord, Sample } from '~/app/pages/components/Sample'
import { plainLines, readInput } from '~/lib/tool-input'
import { CodeBlock } from '~/ui/CodeBlock'
import { Command } from '~/ui/Empty'
import { Lines } from '~/ui/Lines'
import { Markdown } from '~/ui/Markdown'
import { Output } from '~/ui/Output'
import { Root } from '~/ui/Root'
import { ToolInput } from '~/ui/ToolInput'

const folder = '/home/me/ledger-api'
const code = 'for (const entry of entries) {\n  await post(entry, { key: entry.id })\n}\n'
const markdown = `# Two faults, one cause

Both came from **one** comparison; see \`src/post.ts\` and [the issue](https://example.org/issues/12).

1. Entries were posted twice.
2. The ~~third~~ second retry waited for *nothing*.
   - [x] a test
   - [ ] the release note

> A key is remembered for a day.

| case | before | after |
|---|---|---|
| same key | 201 | 200 |
| ${longWord} | 500 | 409 |

\`\`\`ts
${code}\`\`\`

---

${bidiText}
`
const ansi = '\u001b[1mRunning 3 tests\u001b[0m\n\u001b[32mok\u001b[0m 1 posts once\n\u001b[31mnot ok\u001b[0m 2 waits between tries\n\u001b[33mskipped\u001b[0m 3 \u001b[4mslow\u001b[0m \u001b[41m 12 s \u001b[0m\n'
const edit = readInput({ file_path: `${folder}/src/post.ts`, old_string: 'if (seen = key) {', new_string: 'if (seen === key) {' }, 'Edit')
const run = readInput({ command: `npm test -- --run ${longWord}`, description: 'Run the tests of the importer' }, 'Bash')
const many = plainLines(Array.from({ length: 1_000 }, (_, at) => `${at + 1}  ${at % 7 === 0 ? longText : 'posted'}`).join('\n'))

export function Texts() {
  return (
    <Group title="Text and code">
      <Sample state="Markdown" isTall>
        <Markdown text={markdown} />
      </Sample>
      <Sample state="code" isTall>
        <CodeBlock label="Code of a sample" copy={code}>
          {code}
        </CodeBlock>
        <Output label="Output of a sample" text={ansi} />
      </Sample>
      <Sample state="a tool’s arguments" isTall>
        <Root value={folder}>
          <ToolInput view={edit} />
          <ToolInput view={run} />
        </Root>
      </Sample>
      <Sample state="1,000 lines" isTall>
        <Lines lines={many} label="Lines of a sample" copy="" maxHeight="max-h-72" />
      </Sample>
      <Sample state="bidi text" isTall>
        <Lines lines={plainLines(`rm ${bidiText}`)} label="Line with bidi text" copy="" />
      </Sample>
      <Sample state="a command">
        <Command text="muster agent start --prompt 'Fix the retry backoff'" />
      </Sample>
    </Group>
  )
}
