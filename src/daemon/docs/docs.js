// A viewer of /api/docs. It builds the page from text nodes only: nothing of the document is read as markup.
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

const nameOf = (ref) => ref.split('/').at(-1)

/** "string", "Agent", "list of Agent": a schema in words. */
function kindOf(schema) {
  if (!schema) return ''
  if (schema.$ref) return nameOf(schema.$ref)
  if (schema.anyOf) return schema.anyOf.map(kindOf).join(' or ')
  if (schema.type === 'array') return `list of ${kindOf(schema.items)}`
  return [schema.type ?? 'any'].flat().join(' or ')
}

function fieldsTable(rows) {
  const body = rows.map(({ name, kind, required, text }) =>
    make('tr', {}, make('td', {}, make('code', {}, name)), make('td', {}, kind + (required ? '' : ', optional')), make('td', {}, text)),
  )
  const head = make('tr', {}, ...['field', 'kind', 'meaning'].map((word) => make('th', { scope: 'col' }, word)))
  return make('table', {}, make('thead', {}, head), make('tbody', {}, ...body))
}

const rowsOf = (schema) =>
  Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name, kind: kindOf(field), required: schema.required?.includes(name), text: field.description ?? '',
  }))

function showContent(content) {
  const [first] = Object.entries(content ?? {})
  if (!first) return []
  const [type, { schema, example }] = first
  const shown = [make('p', {}, make('code', {}, type), ` ${kindOf(schema)}`)]
  if (schema.properties) shown.push(fieldsTable(rowsOf(schema)))
  if (example !== undefined && example !== null) shown.push(make('pre', {}, JSON.stringify(example, null, 2)))
  return shown
}

function showOperation(method, path, operation) {
  const parameters = (operation.parameters ?? []).filter(({ name }) => name)
  const rows = parameters.map(({ name, in: place, required, schema, description }) => ({
    name, kind: `${kindOf(schema)} (${place})`, required, text: description ?? '',
  }))
  const [status, answer] = Object.entries(operation.responses).find(([code]) => code.startsWith('2')) ?? []
  const parts = [make('p', {}, operation.summary), make('p', {}, 'Operation ', make('code', {}, operation.operationId), `, role ${operation['x-role']}`)]
  if (rows.length) parts.push(make('h3', {}, 'Parameters'), fieldsTable(rows))
  if (operation.requestBody) parts.push(make('h3', {}, 'Body'), ...showContent(operation.requestBody.content))
  if (answer) parts.push(make('h3', {}, `Answers ${status}`), ...showContent(answer.content))
  const title = make('summary', {}, make('span', { class: 'method' }, method.toUpperCase()), make('code', {}, path), make('span', { class: 'summary' }, operation.summary))
  return make('details', {}, title, make('div', {}, ...parts))
}

function show({ info, paths }) {
  const groups = new Map()
  for (const [path, methods] of Object.entries(paths))
    for (const method of METHODS.filter((word) => methods[word])) {
      const [tag] = methods[method].tags
      if (!groups.has(tag)) groups.set(tag, [])
      groups.get(tag).push(showOperation(method, path, methods[method]))
    }
  document.querySelector('#about').textContent = `Version ${info.version}. ${info.description}`
  const sections = [...groups].map(([tag, items]) => make('section', {}, make('h2', {}, tag), ...items))
  document.querySelector('#operations').replaceChildren(...sections)
}

function filter(words) {
  let count = 0
  for (const item of document.querySelectorAll('details')) {
    item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word))
    count += item.hidden ? 0 : 1
  }
  for (const section of document.querySelectorAll('section')) section.hidden = !section.querySelector('details:not([hidden])')
  document.querySelector('#count').textContent = count === 1 ? '1 operation' : `${count} operations`
}

const answer = await fetch('/api/docs')
if (answer.ok) {
  show(await answer.json())
  filter([])
  document.querySelector('#find').addEventListener('input', (event) => filter(event.target.value.toLowerCase().split(/\s+/)))
} else {
  document.querySelector('#operations').textContent = `The description could not be read: ${answer.status}`
}
