// The pinned agent CLIs, and folders of programs that contain one. A missing one is a failure, never skipped.
import { accessSync, constants } from 'node:fs'
import { access, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from './daemon.mjs'
import { checkout } from './program.mjs'

export const STAND_IN = path.join(checkout, 'tests/harness/stand-in.mjs')

function installed(file) {
  const full = path.join(checkout, 'tests/node_modules', file)
  try {
    accessSync(full, constants.X_OK)
  } catch (cause) {
    throw new Error(`${full} is not installed; run ./dev setup`, { cause })
  }
  return full
}

/** [{version, file}], the oldest first. */
export function claudeClis() {
  return [
    { version: '2.1.112', file: installed('@anthropic-ai/claude-code/cli.js') },
    { version: '2.1.329', file: installed('claude-new/bin/claude.exe') },
  ]
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`
const CODEX_TARGET = { x64: 'x86_64-unknown-linux-musl', arm64: 'aarch64-unknown-linux-musl' }[process.arch]

/** How each CLI other than Claude Code is pointed at a model: `files` in its HOME by path, and `env`. Each is asked for
 * the model "scripted", and for nothing besides a turn: no titles, no suggestions, no updates, no statistics. */
const agents = {
  gemini: {
    version: '0.61.0',
    file: '@google/gemini-cli/bundle/gemini.js',
    model: 'gemini-2.5-flash', // any other name makes it ask a second model first
    files: () => ({
      '.gemini/settings.json': json({
        general: { enableAutoUpdate: false, maxAttempts: 2 },
        privacy: { usageStatisticsEnabled: false },
        security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      }),
    }),
    env: (url) => ({ GEMINI_API_KEY: 'scripted-model', GOOGLE_GEMINI_BASE_URL: url, GEMINI_MODEL: 'gemini-2.5-flash' }),
  },
  opencode: {
    version: '1.18.33',
    file: 'opencode-ai/bin/opencode.exe', // the native program that npm chose for this processor
    model: 'scripted/scripted',
    files: (url) => ({
      '.config/opencode/opencode.json': json({
        provider: {
          scripted: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Scripted',
            options: { baseURL: `${url}/v1`, apiKey: 'scripted-model' },
            models: { scripted: { name: 'Scripted', limit: { context: 200000, output: 32000 } } },
          },
        },
        model: 'scripted/scripted',
        agent: { title: { disable: true } },
      }),
    }),
    env: (_, home) => ({
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      XDG_CACHE_HOME: path.join(home, '.cache'),
      XDG_CONFIG_HOME: path.join(home, '.config'),
      XDG_DATA_HOME: path.join(home, '.local/share'),
      XDG_STATE_HOME: path.join(home, '.local/state'),
    }),
  },
  qwen: {
    version: '0.24.4',
    file: '@qwen-code/qwen-code/cli-entry.js',
    model: 'scripted',
    files: () => ({
      '.qwen/settings.json': json({
        general: { enableAutoUpdate: false },
        memory: { enableManagedAutoDream: false, enableManagedAutoMemory: false },
        model: { generationConfig: { maxRetries: 1 } },
        privacy: { usageStatisticsEnabled: false },
        security: { auth: { selectedType: 'openai' } },
        ui: { enableFollowupSuggestions: false },
      }),
    }),
    env: (url) => ({ OPENAI_API_KEY: 'scripted-model', OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: 'scripted' }),
  },
  codex: {
    version: '0.169.0',
    // The program itself: killing its Node wrapper would leave it running.
    file: `@openai/codex-linux-${process.arch}/vendor/${CODEX_TARGET}/bin/codex`,
    model: 'scripted',
    files: (url) => ({
      '.codex/config.toml': [
        'model = "scripted"',
        'model_provider = "scripted"',
        'check_for_update_on_startup = false',
        '[model_providers.scripted]',
        'name = "Scripted"',
        `base_url = "${url}/v1"`,
        'env_key = "CODEX_SCRIPTED_KEY"',
        'wire_api = "responses"',
        'request_max_retries = 1',
        'stream_max_retries = 1',
        '[analytics]',
        'enabled = false',
        '',
      ].join('\n'),
    }),
    // It refuses to work with a HOME inside the folder for temporary files.
    env: (_, home) => ({ CODEX_SCRIPTED_KEY: 'scripted-model', TMPDIR: path.join(home, 'tmp') }),
  },
}

export const agentNames = Object.keys(agents)

/** {name, version, file, model}: the pinned CLI of that name, which is also the name of its program. */
export function agentCli(name) {
  const { version, file, model } = agents[name]
  return { name, version, file: installed(file), model }
}

/** Writes what points the CLI at the model at `url` into `home`, and returns the environment that belongs to it. */
export async function pointAtModel(name, home, url) {
  for (const [file, text] of Object.entries(agents[name].files(url))) {
    const full = path.join(home, file)
    await mkdir(path.dirname(full), { recursive: true })
    await writeFile(full, text)
  }
  await mkdir(path.join(home, 'tmp'), { recursive: true })
  return { HOME: home, ...agents[name].env(url, home) }
}

async function find(name) {
  for (const folder of process.env.PATH.split(':')) {
    const file = path.join(folder, name)
    if (await access(file, constants.X_OK).then(() => true, () => false)) return file
  }
  throw new Error(`${name} is not on PATH`)
}

/** A folder of links: to what `names` are on PATH, and to `claude`. It serves as a whole PATH. */
export async function binFolder({ names = [], claude } = {}) {
  const bin = await makeFolder('bin')
  for (const name of names) await symlink(name === 'node' ? process.execPath : await find(name), path.join(bin, name))
  if (claude) await symlink(claude, path.join(bin, 'claude'))
  return bin
}

/** An environment in which the agent CLI is the stand-in. */
export async function withStandIn() {
  return { PATH: `${await binFolder({ claude: STAND_IN })}:${process.env.PATH}` }
}
