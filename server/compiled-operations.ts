import { createRequire } from 'node:module';
import { execute, visit, type DocumentNode, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { inItsWords } from './located-errors.js';

type Compiler = Pick<typeof import('graphql-jit'), 'compileQuery' | 'isCompiledQuery'>;
type Answer = ExecutionResult | Promise<ExecutionResult>;
type Compiled = (root: unknown, context: unknown, variables: ExecutionArgs['variableValues']) => Answer;

/** So many times an operation is executed as it is: compiling it takes as long as some twenty. */
const NOT_WORTH_IT = 20;
/** Longer documents are nobody's daily work, and may take long to compile, characters. */
const LONGEST = 10_000;

let compiler: Compiler | undefined;

/** Loaded when it is first needed: it takes 8 MB, and a server that few use never needs it. */
function theCompiler(): Compiler {
  compiler ??= createRequire(import.meta.url)('graphql-jit') as Compiler;
  return compiler;
}

/** How often an operation was executed, and what it was compiled to: null where it could not be. */
interface Known {
  times: number;
  compiled?: Compiled | null;
}

/**
 * Executes operations. Agents and dashboards send the same few again and again, and answers have thousands of fields (the points of a chart, the events
 * of a subscription): an operation that comes often is compiled to a function (graphql-jit), three times faster than graphql-js.
 * Answers are those of graphql-js, its errors too.
 */
export class CompiledOperations {
  private readonly known = new WeakMap<DocumentNode, Map<string, Known>>();

  /** The answer to an operation, or to one event of a subscription, which is `rootValue` of the arguments then. */
  readonly execute = (args: ExecutionArgs): Answer => {
    const compiled = this.compiledFor(args);
    if (!compiled) return execute(args) as Answer;
    const orSaid = (answer: ExecutionResult): Answer => (answer.errors ? said(args, answer) : answer);
    const answer = compiled(args.rootValue, args.contextValue, args.variableValues ?? {});
    return answer instanceof Promise ? answer.then(orSaid) : orSaid(answer);
  };

  private compiledFor(args: ExecutionArgs): Compiled | null | undefined {
    const known = this.knownOf(args);
    known.times += 1;
    if (known.compiled === undefined && known.times > NOT_WORTH_IT) known.compiled = compile(args);
    return known.compiled;
  }

  private knownOf({ document, operationName }: ExecutionArgs): Known {
    const operations = this.known.get(document) ?? new Map<string, Known>();
    this.known.set(document, operations);
    const known = operations.get(operationName ?? '') ?? { times: 0 };
    operations.set(operationName ?? '', known);
    return known;
  }
}

/** What was refused before it began is graphql-js's to say. What began is not done twice: also what only reads may have left a line in the audit log. */
function said(args: ExecutionArgs, answer: ExecutionResult): Answer {
  if (!('data' in answer)) return execute(args) as Answer;
  return { ...answer, errors: inItsWords(args, answer.errors ?? []) };
}

/** Null where the compiler does not do all that GraphQL asks for: it has its own idea of directives on fragments. */
function compile({ schema, document, operationName }: ExecutionArgs): Compiled | null {
  if ((document.loc?.end ?? 0) > LONGEST || hasDirectives(document)) return null;
  const { compileQuery, isCompiledQuery } = theCompiler();
  const compiled = compileQuery(schema, document, operationName ?? '', { disablingCapturingStackErrors: true });
  return isCompiledQuery(compiled) ? (compiled.query as Compiled) : null;
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Directive: () => void (found = true) });
  return found;
}
