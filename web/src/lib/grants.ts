import { isObject, listAt, prettyJson, textAt } from '~/lib/json'

function ruleText(rule: unknown): string {
  const [tool, content] = [textAt(rule, 'toolName'), textAt(rule, 'ruleContent')]
  if (tool === undefined) return prettyJson(rule)
  return content === undefined ? tool : `${tool}(${content})`
}

const texts = (list: readonly unknown[]) => list.map((one) => (typeof one === 'string' ? one : prettyJson(one))).join(', ')

/** One grant that the CLI offers, in words; as it is where its kind is unknown. */
function grantText(grant: Record<string, unknown>): string {
  switch (grant['type']) {
    case 'addRules':
      return `${textAt(grant, 'behavior') ?? 'allow'} ${listAt(grant, 'rules').map(ruleText).join(', ')}`
    case 'addDirectories':
      return `work in ${texts(listAt(grant, 'directories'))}`
    case 'setMode':
      return grant['mode'] === 'acceptEdits' ? 'change files without asking' : `work in the mode ${textAt(grant, 'mode') ?? '?'}`
    default:
      return prettyJson(grant)
  }
}

/** An option of an agent that offers answers instead of grants (ACP). */
const isAlways = (offer: Record<string, unknown>) => offer['kind'] === 'allow_always'

/** What "Always allow" grants: of what is offered, Muster grants only what ends with the session. */
export function grantsOf(suggestions: unknown): string[] {
  const offered = Array.isArray(suggestions) ? suggestions.filter(isObject) : []
  const always = offered.find(isAlways)
  if (always) return [textAt(always, 'name') ?? 'always allow this']
  return offered.filter(({ destination }) => destination === 'session').map(grantText)
}
