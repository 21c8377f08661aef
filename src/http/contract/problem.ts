import { z } from 'zod';

/** Every answer that is no success: RFC 9457, in Chinese, with what to mend. */
export const problem = z
  .object({
    type: z.string().meta({ description: '问题的种类，例如 urn:qianxian:problem:invalid' }),
    title: z.string().meta({ description: '问题的名称' }),
    status: z.int().meta({ description: 'HTTP 状态码' }),
    detail: z.string().meta({ description: '发生了什么、怎样处理' }),
    errors: z
      .array(
        z.object({
          field: z.string().meta({ description: '出错的字段，例如 content.contact.phone' }),
          label: z.string().meta({ description: '字段的中文名' }),
          reason: z.string().meta({ description: '哪里不对' }),
          mend: z.string().meta({ description: '怎样改' }),
        }),
      )
      .meta({ description: '逐个字段的问题；与字段无关时为空' }),
    requestId: z.string().meta({ description: '请求编号，报修时请提供' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problem>;
