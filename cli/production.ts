/*
 * Imported first: graphql-js looks at NODE_ENV once, when it is loaded, and outside production asks each value again and again whose class it is (a fifth of
 * the CPU of taking results in). It is also the safer default: the schema is hidden, and there is no development without login.
 */
process.env.NODE_ENV ??= 'production';
