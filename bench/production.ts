// Imported first: GraphQL and Express look at it once, when they are loaded, and take several times longer for each field in development.
process.env.NODE_ENV ??= 'production';
