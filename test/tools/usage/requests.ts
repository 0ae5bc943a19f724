/** Requests to be counted. */
import type { FunctionTool, ModelRequest, Part, Turn } from '#model'

export const toRequest = (
  turns: readonly Turn[],
  more: Partial<ModelRequest> = {},
): ModelRequest => ({ model: 'anything', stream: false, tools: [], turns, ...more })

export const say = (role: Turn['role'], ...parts: (string | Part)[]): Turn => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? { kind: 'text', text: part } : part)),
})

export const user = (...parts: (string | Part)[]): ModelRequest =>
  toRequest([say('user', ...parts)])

export const WEATHER: FunctionTool = {
  kind: 'function',
  name: 'get_weather',
  description: 'The weather at a place, now or in the days to come.',
  schema: {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'The name of a town, as its people write it.' },
      days: { type: 'integer', description: 'How far ahead to look.' },
      unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    },
    required: ['city'],
  },
}

export const ENGLISH =
  'It was a bright cold day in April, and the clocks were striking thirteen. The hallway smelt of boiled cabbage and old rag mats. '
export const CODE = `export const estimateTokens = (characters: number): number => Math.ceil(characters / 4)
for (const { role, parts } of turns) { known += TOKENS_PER_MESSAGE * (role === 'tool' ? parts.length : 1) }\n`
export const GERMAN = 'Die Würde des Menschen ist unantastbar; sie zu schützen ist Verpflichtung. '
export const RUSSIAN = 'Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему. '
export const CHINESE = '学而时习之,不亦说乎?有朋自远方来,不亦乐乎?今天的天气很好,我们去公园散步。'
export const JAPANESE = '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。'
export const KOREAN = '모든 국민은 인간으로서의 존엄과 가치를 가지며, 행복을 추구할 권리를 가진다. '
