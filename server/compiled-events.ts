import { createRequire } from 'node:module';
import { execute, getOperationAST, visit, type DocumentNode, type ExecutionArgs, type ExecutionResult } from 'graphql';

type Compiler = Pick<typeof import('graphql-jit'), 'compileQuery' | 'isCompiledQuery'>;
type Answer = ExecutionResult | Promise<ExecutionResult>;
type Compiled = (root: unknown, context: unknown, variables: ExecutionArgs['variableValues']) => Answer;

/** So many events of a document are executed as they are: compiling it takes as long as some twenty. */
const NOT_WORTH_IT = 20;

let compiler: Compiler | undefined;

/** Loaded when it is first needed: it takes 8 MB, and a server that few watch never needs it. */
function theCompiler(): Compiler {
  compiler ??= createRequire(import.meta.url)('graphql-jit') as Compiler;
  return compiler;
}

/** A document of which events were executed, and what it was compiled to: null where it could not be. */
interface Known {
  events: number;
  compiled?: Compiled | null;
}

/**
 * Executes the events of subscriptions. A document is the same for thousands of events, each of hundreds of fields, so it is compiled to a function
 * (graphql-jit), three times faster than graphql-js. Whatever the function has trouble with is graphql-js's to execute and to say what is wrong:
 * events only read.
 */
export class CompiledEvents {
  private readonly known = new WeakMap<DocumentNode, Map<string, Known>>();

  /** The answer to one event; `rootValue` of the arguments is the event. */
  readonly execute = (args: ExecutionArgs): Answer => {
    const compiled = this.compiledFor(args);
    if (!compiled) return execute(args) as Answer;
    const orSaid = (answer: ExecutionResult): Answer => (answer.errors ? (execute(args) as Answer) : answer);
    const answer = compiled(args.rootValue, args.contextValue, args.variableValues ?? {});
    return answer instanceof Promise ? answer.then(orSaid) : orSaid(answer);
  };

  private compiledFor(args: ExecutionArgs): Compiled | null | undefined {
    const known = this.knownOf(args);
    known.events += 1;
    if (known.compiled === undefined && known.events > NOT_WORTH_IT) known.compiled = compile(args);
    return known.compiled;
  }

  private knownOf({ document, operationName }: ExecutionArgs): Known {
    const operations = this.known.get(document) ?? new Map<string, Known>();
    this.known.set(document, operations);
    const known = operations.get(operationName ?? '') ?? { events: 0 };
    operations.set(operationName ?? '', known);
    return known;
  }
}

/** Null where the compiler does not do all that GraphQL asks for: it has its own idea of directives on fragments. */
function compile({ schema, document, operationName }: ExecutionArgs): Compiled | null {
  if (getOperationAST(document, operationName)?.operation !== 'subscription' || hasDirectives(document)) return null;
  const { compileQuery, isCompiledQuery } = theCompiler();
  const compiled = compileQuery(schema, document, operationName ?? '', { disablingCapturingStackErrors: true });
  return isCompiledQuery(compiled) ? (compiled.query as Compiled) : null;
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Directive: () => void (found = true) });
  return found;
}
