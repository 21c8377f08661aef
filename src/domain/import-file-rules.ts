/** Files that are imported, by extension. */
export const importExtensions = ['xlsx', 'csv', 'tsv', 'txt', 'jsonl', 'ndjson'] as const;

export const importFileBytes = 100 * 1024 * 1024;

/** Column that a file that was handed back says in what became of each row; it is never read. */
export const resultHeading = '导入结果';
