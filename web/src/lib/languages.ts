import type { LanguageSupport, StreamParser } from '@codemirror/language'
import type { Parser } from '@lezer/common'

/** A language of files: its parser for what is only shown, and its support for the editor. Each comes as a chunk of its own. */
export type LanguageName = keyof typeof loaders

async function ofSupport(support: LanguageSupport) {
  return { support, parser: support.language.parser }
}

async function ofStream(mode: StreamParser<unknown>) {
  const { LanguageSupport, StreamLanguage } = await import('@codemirror/language')
  const language = StreamLanguage.define(mode)
  return { support: new LanguageSupport(language), parser: language.parser }
}

const loaders = {
  c: async () => ofSupport((await import('@codemirror/lang-cpp')).cpp()),
  css: async () => ofSupport((await import('@codemirror/lang-css')).css()),
  go: async () => ofSupport((await import('@codemirror/lang-go')).go()),
  html: async () => ofSupport((await import('@codemirror/lang-html')).html()),
  java: async () => ofSupport((await import('@codemirror/lang-java')).java()),
  javascript: async () => ofSupport((await import('@codemirror/lang-javascript')).javascript({ jsx: true })),
  typescript: async () => ofSupport((await import('@codemirror/lang-javascript')).javascript({ typescript: true })),
  tsx: async () => ofSupport((await import('@codemirror/lang-javascript')).javascript({ typescript: true, jsx: true })),
  json: async () => ofSupport((await import('@codemirror/lang-json')).json()),
  markdown: async () => ofSupport((await import('@codemirror/lang-markdown')).markdown()),
  python: async () => ofSupport((await import('@codemirror/lang-python')).python()),
  rust: async () => ofSupport((await import('@codemirror/lang-rust')).rust()),
  sql: async () => ofSupport((await import('@codemirror/lang-sql')).sql()),
  yaml: async () => ofSupport((await import('@codemirror/lang-yaml')).yaml()),
  cmake: async () => ofStream((await import('@codemirror/legacy-modes/mode/cmake')).cmake),
  diff: async () => ofStream((await import('@codemirror/legacy-modes/mode/diff')).diff),
  docker: async () => ofStream((await import('@codemirror/legacy-modes/mode/dockerfile')).dockerFile),
  haskell: async () => ofStream((await import('@codemirror/legacy-modes/mode/haskell')).haskell),
  kotlin: async () => ofStream((await import('@codemirror/legacy-modes/mode/clike')).kotlin),
  lua: async () => ofStream((await import('@codemirror/legacy-modes/mode/lua')).lua),
  nginx: async () => ofStream((await import('@codemirror/legacy-modes/mode/nginx')).nginx),
  perl: async () => ofStream((await import('@codemirror/legacy-modes/mode/perl')).perl),
  properties: async () => ofStream((await import('@codemirror/legacy-modes/mode/properties')).properties),
  protobuf: async () => ofStream((await import('@codemirror/legacy-modes/mode/protobuf')).protobuf),
  ruby: async () => ofStream((await import('@codemirror/legacy-modes/mode/ruby')).ruby),
  shell: async () => ofStream((await import('@codemirror/legacy-modes/mode/shell')).shell),
  swift: async () => ofStream((await import('@codemirror/legacy-modes/mode/swift')).swift),
  toml: async () => ofStream((await import('@codemirror/legacy-modes/mode/toml')).toml),
  xml: async () => ofStream((await import('@codemirror/legacy-modes/mode/xml')).xml),
} as const

/** By the end of the name; whole names come first. */
const endings: readonly (readonly [LanguageName, string])[] = [
  ['docker', 'dockerfile containerfile'],
  ['cmake', 'cmakelists.txt .cmake'],
  ['shell', '.bashrc .zshrc .profile .sh .bash .zsh'],
  ['ruby', 'gemfile rakefile .rb .gemspec'],
  ['toml', 'cargo.lock .toml'],
  ['properties', '.gitconfig .editorconfig .ini .cfg .conf .properties .service .desktop .env'],
  ['json', '.json .jsonc .json5 .map .webmanifest'],
  ['tsx', '.tsx'],
  ['typescript', '.ts .mts .cts'],
  ['javascript', '.js .mjs .cjs .jsx'],
  ['c', '.c .h .cc .cpp .cxx .hh .hpp .hxx .ino .cu'],
  ['css', '.css .scss .less'],
  ['go', '.go'],
  ['html', '.html .htm .vue .svelte'],
  ['java', '.java .gradle'],
  ['markdown', '.md .markdown .mdx'],
  ['python', '.py .pyi .pyw'],
  ['rust', '.rs'],
  ['sql', '.sql'],
  ['yaml', '.yaml .yml'],
  ['diff', '.diff .patch'],
  ['haskell', '.hs'],
  ['kotlin', '.kt .kts'],
  ['lua', '.lua'],
  ['nginx', 'nginx.conf'],
  ['perl', '.pl .pm'],
  ['protobuf', '.proto'],
  ['swift', '.swift'],
  ['xml', '.xml .svg .plist .xsd .xsl'],
]

const byEnding = new Map(endings.flatMap(([name, ends]) => ends.split(' ').map((end) => [end, name] as const)))

/** undefined: the file is shown without colours. */
export function languageOf(path: string): LanguageName | undefined {
  const file = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const dot = file.lastIndexOf('.')
  return byEnding.get(file) ?? (dot < 0 ? undefined : byEnding.get(file.slice(dot)))
}

type Loaded = { support: LanguageSupport; parser: Parser }

const loaded = new Map<LanguageName, Promise<Loaded>>()

export function loadLanguage(name: LanguageName): Promise<Loaded> {
  const known = loaded.get(name)
  if (known) return known
  const loading = loaders[name]().catch((error: unknown) => {
    // The next file tries again.
    loaded.delete(name)
    throw error
  })
  loaded.set(name, loading)
  return loading
}
