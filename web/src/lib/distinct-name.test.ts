import { expect, test } from 'vitest'
import { distinctName } from '~/lib/distinct-name'

const names = (...paths: string[]) => {
  const all = paths.map((path) => ({ name: path.split('/').at(-1) ?? '', path }))
  return all.map((one) => distinctName(one, all))
}

test('a name that is alone stays alone', () => {
  expect(names('/home/me/atlas', '/home/me/harbor')).toEqual(['atlas', 'harbor'])
})

test('where names clash the folder above makes the difference, or the path', () => {
  expect(names('/home/me/atlas', '/srv/work/atlas', '/home/me/harbor')).toEqual(['atlas in me', 'atlas in work', 'harbor'])
  expect(names('/home/me/atlas', '/srv/me/atlas')).toEqual(['atlas in /home/me', 'atlas in /srv/me'])
  expect(names('/atlas', '/srv/atlas')).toEqual(['atlas in /', 'atlas in srv'])
})
