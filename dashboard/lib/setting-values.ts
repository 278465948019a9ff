/** How a value is edited: by what the JSON Schema says that it is. */
export type SettingKind = 'switch' | 'number' | 'text' | 'json';

/** The kind of field for values of this JSON Schema. */
export function kindOf(schema: unknown): SettingKind {
  const type = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
  if (type === 'boolean') return 'switch';
  if (type === 'number' || type === 'integer') return 'number';
  return type === 'string' ? 'text' : 'json';
}

/** A value as it stands in its field. */
export function shown(value: unknown, kind: SettingKind): string {
  return kind === 'json' ? JSON.stringify(value) : String(value);
}

/** What was written in a field. What is no number, or no JSON, goes as the text that it is: the server says what would be right. */
export function written(text: string, kind: SettingKind): unknown {
  if (kind === 'text') return text;
  if (kind === 'number') return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
