/** Gemini requests as its CLI and SDKs write them; the model is named by the path. */
import { PNG } from './media.ts'

const weather = {
  functionDeclarations: [
    {
      name: 'get_weather',
      description: 'Tells the weather.',
      parameters: {
        type: 'OBJECT',
        properties: { city: { type: 'STRING', nullable: true } },
        required: ['city'],
      },
    },
  ],
}
const user = (...parts: readonly unknown[]) => ({ role: 'user', parts })
const say = (text: string) => user({ text })

export const GEMINI_BODIES: readonly Record<string, unknown>[] = [
  { contents: [say('hello')] },
  {
    systemInstruction: { parts: [{ text: 'You are brief.' }] },
    contents: [say('[[think Let me see.]] [[say Grüße, 世界 👋]]')],
    generationConfig: {
      temperature: 0.3,
      topP: 0.9,
      topK: 5,
      maxOutputTokens: 200,
      stopSequences: ['END'],
      candidateCount: 1,
      thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 },
    },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }],
  },
  {
    contents: [say('[[call get_weather {"city":"Rome"}]]')],
    tools: [weather, { googleSearch: {} }],
    toolConfig: {
      functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_weather'] },
    },
  },
  {
    contents: [
      say('Rome and Paris?'),
      {
        role: 'model',
        parts: [
          { text: 'Hm.', thought: true },
          {
            functionCall: { name: 'get_weather', args: { city: 'Rome' } },
            thoughtSignature: 'c2lnbmVk',
          },
          { functionCall: { name: 'get_weather', args: { city: 'Paris' }, id: 'call_2' } },
        ],
      },
      user(
        { functionResponse: { name: 'get_weather', response: { output: '18 degrees' } } },
        { functionResponse: { name: 'get_weather', id: 'call_2', response: { error: 'rain' } } },
      ),
    ],
    tools: [weather],
  },
  {
    contents: [
      user({ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: PNG } }),
      { role: 'model', parts: [{ text: 'A dot.' }] },
      user({ fileData: { fileUri: 'https://example.com/a.png', mimeType: 'image/png' } }),
    ],
    generationConfig: {
      responseMimeType: 'application/json',
      responseSchema: { type: 'OBJECT', properties: { ok: { type: 'BOOLEAN' } } },
    },
  },
  {
    system_instruction: { parts: { text: 'In snakes.' } },
    contents: [{ parts: [{ text: 'hello' }] }],
    generation_config: { max_output_tokens: 50, thinking_config: { thinking_level: 'LOW' } },
  },
  { contents: [say('[[say one two three]] [[error 2]]')] },
  { contents: [say('[[say one two three]] [[cut 2]]')] },
  { contents: [say('[[garble 2]] [[say one two]]')] },
  { contents: [say('[[status 503]] retry?')] },
]

/** A count may hold the request whose tokens it asks for. */
export const GEMINI_COUNT_BODIES: readonly Record<string, unknown>[] = [
  ...GEMINI_BODIES.map(({ contents }) => ({ contents })),
  ...GEMINI_BODIES.map((body) => ({
    generateContentRequest: { model: 'models/gemini-2.5-flash', ...body },
  })),
]
