/** SiliconFlow. */
import type { Vendor } from '../vendor.ts'

export const siliconflow: Vendor = {
  title: 'SiliconFlow',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.siliconflow.com/v1',
  variables: { apiKey: ['SILICONFLOW_API_KEY'], baseUrl: ['SILICONFLOW_BASE_URL'] },
  quirks: [
    {
      fact: 'A turn with tool calls but no thoughts gets 400 with the code 20015 from DeepSeek’s models.',
      traits: { wantsCallThoughts: true },
      models: /deepseek/i,
      source: 'reported',
      link: 'https://github.com/earendil-works/pi/issues/4047',
      date: '2026-05',
    },
    {
      fact: 'Its errors have no object of their own.',
      errorShape: 'flat',
      source: 'specified',
      link: 'https://docs.siliconflow.cn/en/faqs/error-code',
      date: '2026-11',
    },
  ],
}
