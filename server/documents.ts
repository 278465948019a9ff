import { GraphQLError, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { checkBrackets } from './limits/document-shape.js';
import { MAX_TOKENS, validateWithLimits } from './limits.js';
import { ReadyVariables } from './variables/ready-variables.js';

const MOST_KEPT = 500;
const LONGEST_KEPT = 20_000;

/** Documents that were parsed and found valid: agents and dashboards send the same few again and again. */
export class Documents {
  private readonly kept = new Map<string, DocumentNode>();
  /** Makes what is executed of them. */
  readonly ready: ReadyVariables;

  constructor(private readonly schema: GraphQLSchema) {
    this.ready = new ReadyVariables(schema);
  }

  /** The document of a query, by the same rules as over HTTP; or what is wrong with it. @throws ApiError QUERY_TOO_COMPLEX */
  read(query: string): DocumentNode | readonly GraphQLError[] {
    const known = this.kept.get(query);
    if (known) return known;
    checkBrackets(query);
    const document = parseOrError(query);
    if (document instanceof GraphQLError) return [document];
    const problems = validateWithLimits(this.schema, document);
    if (problems.length > 0) return problems;
    this.keep(query, document);
    return document;
  }

  private keep(query: string, document: DocumentNode): void {
    if (query.length > LONGEST_KEPT) return;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(query, document);
  }
}

function parseOrError(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
