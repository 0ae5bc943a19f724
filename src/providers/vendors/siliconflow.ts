/** SiliconFlow. */
import type { Vendor } from '../vendor.ts'

export const siliconflow: Vendor = {
  title: 'SiliconFlow',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.siliconflow.com/v1',
  variables: { apiKey: ['SILICONFLOW_API_KEY'], baseUrl: ['SILICONFLOW_BASE_URL'] },
  quirks: [
    {
      fact: 'Its errors have no object of their own.',
      errorShape: 'flat',
      source: 'specified',
      link: 'https://docs.siliconflow.cn/en/faqs/error-code',
      date: '2026-11',
    },
  ],
}
